// The line grammar of a whole HTTP/1.1 head (RFC 9112 sections 2 to 5), stricter than llhttp: what
// llhttp lets through (lone LF, folded lines, an empty field name, extra spaces in the request
// line) is refused here before any parser sees it. Pure and thread-safe.
#pragma once

#include <optional>
#include <string_view>

namespace wif::http {

enum class HeadKind { kRequest, kResponse };

// `head` ends with its empty line. nullopt when it is well-formed, else a reason code of the closed
// list in h1_lines.cc ("bare_lf", "space_before_colon", …), which is safe to log.
std::optional<std::string_view> check_head_lines(std::string_view head, HeadKind kind);

// The same for one line of a field, without its CRLF and not empty; knows no bare CR and no NUL.
std::optional<std::string_view> check_field_line(std::string_view line);

// Offset behind the first empty line, or npos. A lone LF pair counts too, so that a malformed head
// is refused at once rather than waited for.
std::size_t find_head_end(std::string_view bytes);

bool is_token(std::string_view text);
// Whether it holds a byte that no field value has (RFC 9110 section 5.5); a tab is white space.
bool has_control_byte(std::string_view text);

}  // namespace wif::http
