// Types of expressions: what becomes what by itself, and what must be cast.
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_parser.h"

namespace sandbox {

bool numeric(SqlType type) {
  return type == SqlType::integer || type == SqlType::floating || type == SqlType::null;
}

std::string signature(const SqlExpression& left, const SqlExpression& right,
                      std::string_view operation) {
  return "No matching signature for operator " + std::string(operation) +
         " for argument types: " + std::string(sql_name(left.type)) + ", " +
         std::string(sql_name(right.type));
}

SqlExpression SqlParser::cast_to(const SqlExpression& value, SqlType type, bool safe) const {
  SqlExpression result = value;
  result.type = type;
  result.text_literal = false;
  if (value.type == type || value.type == SqlType::null) return result;
  result.sql = "bq_cast(" + value.sql + ", " + std::to_string(static_cast<int>(value.type)) + ", " +
               std::to_string(static_cast<int>(type)) + ", " + (safe ? "1)" : "0)");
  return result;
}

SqlExpression SqlParser::converted(SqlExpression value, SqlType type, const SqlToken& where) const {
  if (value.type == type || type == SqlType::null) return value;
  if (value.type == SqlType::null) {
    value.type = type;
    return value;
  }
  const bool moment = type == SqlType::date || type == SqlType::timestamp;
  if (value.text_literal && moment) {
    const auto parsed = parse_value(value.text, type);
    if (!parsed) {
      fail("Could not cast literal \"" + value.text + "\" to type " + std::string(sql_name(type)),
           where);
    }
    value.sql = std::to_string(std::get<std::int64_t>(*parsed));
    value.type = type;
    value.text_literal = false;
    return value;
  }
  if (value.type == SqlType::integer && type == SqlType::floating) {
    return cast_to(value, type, false);
  }
  fail("Expected type " + std::string(sql_name(type)) + " but found " +
           std::string(sql_name(value.type)),
       where);
}

SqlType SqlParser::common_type(const std::vector<SqlExpression>& values, std::string_view what,
                               const SqlToken& where) const {
  SqlType result = SqlType::null;
  bool literal = true;
  for (const SqlExpression& value : values) {
    const SqlType type = value.type;
    const bool moment = type == SqlType::date || type == SqlType::timestamp;
    if (type == SqlType::null || type == result) {
      literal = literal && (type == SqlType::null || value.text_literal);
    } else if (result == SqlType::null) {
      result = type;
      literal = value.text_literal;
    } else if (numeric(type) && numeric(result)) {
      result = SqlType::floating;
    } else if (result == SqlType::string && literal && moment) {
      result = type;
      literal = false;
    } else if (!(value.text_literal && (result == SqlType::date || result == SqlType::timestamp))) {
      fail("No matching signature for " + std::string(what) + ": it has both " +
               std::string(sql_name(result)) + " and " + std::string(sql_name(type)),
           where);
    }
  }
  return result;
}

void SqlParser::bring_together(SqlExpression& left, SqlExpression& right,
                               std::string_view operation, const SqlToken& where) const {
  if (left.type == right.type || (numeric(left.type) && numeric(right.type))) return;
  const auto may_become = [](const SqlExpression& value, SqlType type) {
    return value.type == SqlType::null ||
           (value.text_literal && (type == SqlType::date || type == SqlType::timestamp));
  };
  if (may_become(right, left.type)) {
    right = converted(std::move(right), left.type, where);
  } else if (may_become(left, right.type)) {
    left = converted(std::move(left), right.type, where);
  } else {
    fail(signature(left, right, operation), where);
  }
}

}  // namespace sandbox
