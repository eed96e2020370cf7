#include "storage/env/dry_run_names.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tidemark {
namespace {

std::string Normal(absl::string_view path) {
  std::string normal;
  for (const absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (!normal.empty() || absl::StartsWith(path, "/")) normal += '/';
    normal.append(part.data(), part.size());
  }
  return normal;
}

}  // namespace

DryRunName DryRunNames::Find(absl::string_view path) const {
  const std::string normal = Normal(path);
  // The longest part of the path that was set decides.
  for (size_t end = normal.size();;) {
    const auto found = names_.find(normal.substr(0, end));
    if (found != names_.end()) {
      DryRunName name = found->second;
      if (end == normal.size()) return name;
      if (name.kind != DryRunName::Kind::kBase) return {};
      return {DryRunName::Kind::kBase, name.base_path + normal.substr(end), nullptr};
    }
    end = normal.rfind('/', end == 0 ? std::string::npos : end - 1);
    if (end == std::string::npos || end == 0) break;
  }
  return {DryRunName::Kind::kBase, normal.empty() ? std::string(path) : normal, nullptr};
}

void DryRunNames::Set(absl::string_view path, DryRunName name) {
  const std::string normal = Normal(path);
  const std::string below = normal + "/";
  for (auto i = names_.lower_bound(below);
       i != names_.end() && absl::StartsWith(i->first, below);) {
    i = names_.erase(i);
  }
  names_[normal] = std::move(name);
}

void DryRunNames::Move(absl::string_view from, absl::string_view to) {
  const DryRunName moved = Find(from);
  const std::string from_below = Normal(from) + "/";
  const std::string to_below = Normal(to) + "/";
  std::vector<std::pair<std::string, DryRunName>> children;
  for (auto i = names_.lower_bound(from_below);
       i != names_.end() && absl::StartsWith(i->first, from_below); ++i) {
    children.emplace_back(to_below + i->first.substr(from_below.size()), i->second);
  }
  Set(to, moved);
  Set(from, {});
  for (auto& [path, name] : children) names_[path] = std::move(name);
}

std::map<std::string, DryRunName> DryRunNames::In(absl::string_view directory) const {
  const std::string below = Normal(directory) + "/";
  std::map<std::string, DryRunName> found;
  for (auto i = names_.lower_bound(below); i != names_.end() && absl::StartsWith(i->first, below);
       ++i) {
    std::string name = i->first.substr(below.size());
    if (!absl::StrContains(name, '/')) found.emplace(std::move(name), i->second);
  }
  return found;
}

}  // namespace tidemark
