// The ways in which a server may read one request path. Percent-escapes, dot segments and doubled
// slashes are treated differently by front ends and by what stands behind them, so a rule looks at
// all readings; what is forwarded is the path as it came. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wif::proxy {

class PathForms {
 public:
  // `path` is without its query and outlives this object.
  explicit PathForms(std::string_view path);

  // Whether some reading is matched by one of the patterns (rule key `paths`: exact, or a beginning
  // that ends in "*"): what a deny rule asks, since in doubt it is to match.
  bool may_be(const std::vector<std::string>& patterns) const;
  // Whether each reading is: what a rule that admits something asks.
  bool is(const std::vector<std::string>& patterns) const;

 private:
  enum class Reading { kAsIs, kEscapes, kEscapesMerged, kSlashes, kSlashesMerged };
  struct Form {
    Reading reading;
    std::string path;
  };
  static std::string read(std::string_view path, Reading reading);
  static bool matches(const Form& form, const std::vector<std::string>& patterns);

  std::vector<Form> forms_;
};

}  // namespace wif::proxy
