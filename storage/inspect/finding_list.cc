#include "storage/inspect/finding_list.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tidemark {

namespace {

constexpr int64_t kFindingsPerFileMax = 100;

bool IsSamePlace(const Finding& a, const Finding& b) {
  return a.file == b.file && a.position == b.position && a.offset == b.offset;
}

}  // namespace

void FindingList::Add(Severity severity, FindingPlace place, std::string message) {
  const bool is_damage = severity == Severity::kDamage;
  has_damage_ = has_damage_ || is_damage;
  if (++counts_[place.file] > kFindingsPerFileMax) {
    LeftOut& left_out = left_out_[place.file];
    ++(is_damage ? left_out.damage_count : left_out.note_count);
    return;
  }
  Finding finding;
  finding.severity = severity;
  finding.topic_partition = topic_partition_;
  finding.file = std::move(place.file);
  finding.position = place.position;
  finding.offset = place.offset;
  finding.message = std::move(message);
  findings_.push_back(std::move(finding));
}

void FindingList::KeepCommon(const FindingList& other) {
  findings_.erase(std::remove_if(findings_.begin(), findings_.end(),
                                 [&](const Finding& finding) {
                                   return std::none_of(
                                       other.findings_.begin(), other.findings_.end(),
                                       [&](const Finding& o) { return IsSamePlace(finding, o); });
                                 }),
                  findings_.end());
  left_out_.clear();
  has_damage_ = std::any_of(findings_.begin(), findings_.end(), [](const Finding& finding) {
    return finding.severity == Severity::kDamage;
  });
}

std::vector<Finding> FindingList::Take() {
  for (const auto& [file, left_out] : left_out_) {
    Finding finding;
    finding.severity = left_out.damage_count > 0 ? Severity::kDamage : Severity::kNote;
    finding.topic_partition = topic_partition_;
    finding.file = file;
    finding.message = absl::StrCat("and ", left_out.damage_count, " more places with damage and ",
                                   left_out.note_count, " more notes");
    findings_.push_back(std::move(finding));
  }
  left_out_.clear();
  return std::move(findings_);
}

}  // namespace tidemark
