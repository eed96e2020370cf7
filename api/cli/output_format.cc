#include "api/cli/output_format.h"

#include <map>
#include <string>

namespace tidemark {

CLI::Option* AddOutputOption(CLI::App* command, OutputFormat* format) {
  const std::map<std::string, OutputFormat> formats = {{"text", OutputFormat::kText},
                                                       {"json", OutputFormat::kJson}};
  return command
      ->add_option_function<std::string>(
          "--output", [format, formats](const std::string& text) { *format = formats.at(text); },
          "text, or json: one object a line")
      ->check(CLI::IsMember(formats))
      ->option_text("text|json");
}

}  // namespace tidemark
