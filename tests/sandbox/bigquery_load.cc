#include "tests/sandbox/bigquery_load.h"

#include <algorithm>
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/bigquery_json.h"
#include "tests/sandbox/csv.h"

namespace sandbox {
namespace {

// Rows that auto-detection looks at.
constexpr int kDetectRows = 500;

using Fields = std::vector<RecordReader::Field>;

std::string row_text(std::int64_t row) { return "row " + std::to_string(row); }

[[noreturn]] void bad_value(const std::string& text, const SqlColumn& column, std::int64_t row) {
  throw LoadError("Could not parse '" + text + "' as " + std::string(sql_name(column.type)) +
                  " for field " + column.name + " (" + row_text(row) + ")");
}

// A text of a file as a value; empty means NULL for all types but STRING.
SqlValue value_of(const std::string& text, const SqlColumn& column, std::int64_t row) {
  if (text.empty() && column.type != SqlType::string) return {};
  if (column.type == SqlType::boolean) {  // files may also say t, yes and 1
    const std::string word = upper(text);
    for (const char* yes : {"T", "YES", "Y", "1"}) {
      if (word == yes) return std::int64_t{1};
    }
    for (const char* no : {"F", "NO", "N", "0"}) {
      if (word == no) return std::int64_t{0};
    }
  }
  auto value = parse_value(text, column.type);
  if (!value) bad_value(text, column, row);
  return *value;
}

void require(const SqlRow& row, const std::vector<SqlColumn>& columns, std::int64_t number) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].required && is_null(row[i])) {
      throw LoadError("Missing required field: " + columns[i].name + " (" + row_text(number) + ")");
    }
  }
}

SqlRow csv_row(const Fields& fields, const std::vector<SqlColumn>& columns,
               const LoadOptions& options, std::int64_t number) {
  if (fields.size() > columns.size() && !options.ignore_unknown) {
    throw LoadError("Too many values in row: " + row_text(number) + " has " +
                    std::to_string(fields.size()) + " columns, the table " +
                    std::to_string(columns.size()));
  }
  if (fields.size() < columns.size() && !options.jagged_rows) {
    throw LoadError("Row is missing required fields: " + row_text(number) + " has " +
                    std::to_string(fields.size()) + " columns, the table " +
                    std::to_string(columns.size()));
  }
  SqlRow row(columns.size());
  for (std::size_t i = 0; i < columns.size() && i < fields.size(); ++i) {
    const RecordReader::Field& field = fields[i];
    if (options.null_marker && !field.quoted && field.text == *options.null_marker) continue;
    row[i] = value_of(field.text, columns[i], number);
  }
  require(row, columns, number);
  return row;
}

SqlRow json_row(const std::string& line, const std::vector<SqlColumn>& columns,
                const LoadOptions& options, std::int64_t number) {
  const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object()) throw LoadError("JSON parsing error in " + row_text(number));
  SqlRow row(columns.size());
  for (const auto& [key, value] : object.items()) {
    const std::string& name = key;  // not every compiler lets a lambda take a structured binding
    const auto column = std::find_if(columns.begin(), columns.end(), [&](const SqlColumn& c) {
      return equal_ignoring_case(c.name, name);
    });
    if (column == columns.end()) {
      if (options.ignore_unknown) continue;
      throw LoadError("No such field: " + name + " (" + row_text(number) + ")");
    }
    if (value.is_structured()) {
      throw LoadError("The sandbox has no nested and repeated fields: " + name);
    }
    if (value.is_null()) continue;
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    row[static_cast<std::size_t>(column - columns.begin())] = value_of(text, *column, number);
  }
  require(row, columns, number);
  return row;
}

// The narrowest type that takes the text; null for an empty one.
SqlType type_of(const std::string& text) {
  if (text.empty()) return SqlType::null;
  for (const SqlType type :
       {SqlType::boolean, SqlType::integer, SqlType::floating, SqlType::date, SqlType::timestamp}) {
    if (parse_value(text, type)) return type;
  }
  return SqlType::string;
}

SqlType widened(SqlType a, SqlType b) {
  if (a == b || b == SqlType::null) return a;
  if (a == SqlType::null) return b;
  const auto both = [&](SqlType x, SqlType y) { return (a == x && b == y) || (a == y && b == x); };
  if (both(SqlType::integer, SqlType::floating)) return SqlType::floating;
  if (both(SqlType::date, SqlType::timestamp)) return SqlType::timestamp;
  return SqlType::string;
}

std::string column_name(const std::string& text, std::size_t index) {
  std::string name = text;
  for (char& c : name) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fine) c = '_';
  }
  if (name.empty()) return "string_field_" + std::to_string(index);
  if (name[0] >= '0' && name[0] <= '9') name.insert(0, "_");
  return name;
}

std::vector<SqlColumn> detect_json(RecordReader& reader) {
  std::vector<SqlColumn> columns;
  std::string line;
  for (int row = 0; row < kDetectRows && reader.line(line); ++row) {
    const auto object = nlohmann::ordered_json::parse(line, nullptr, false);
    if (!object.is_object()) continue;
    for (const auto& [name, value] : object.items()) {
      auto column = std::find_if(columns.begin(), columns.end(),
                                 [&name = name](const SqlColumn& c) { return c.name == name; });
      if (column == columns.end()) {
        columns.push_back({name, SqlType::null, false, ""});
        column = columns.end() - 1;
      }
      if (value.is_structured()) {
        throw LoadError("The sandbox has no nested and repeated fields: " + name);
      }
      const std::string text = value.is_string() ? value.template get<std::string>()
                               : value.is_null() ? ""
                                                 : value.dump();
      column->type = widened(column->type, type_of(text));
    }
  }
  return columns;
}

std::vector<SqlColumn> detect_csv(RecordReader& reader, LoadOptions& options) {
  Fields fields;
  for (std::int64_t i = 0; i < options.skip_rows; ++i) {
    reader.record(options.delimiter, options.quote, fields);
  }
  Fields first;
  if (!reader.record(options.delimiter, options.quote, first)) return {};
  std::vector<SqlType> below(first.size(), SqlType::null);
  for (int row = 0; row < kDetectRows; ++row) {
    if (!reader.record(options.delimiter, options.quote, fields)) break;
    below.resize(std::max(below.size(), fields.size()), SqlType::null);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      below[i] = widened(below[i], type_of(fields[i].text));
    }
  }
  // A row of texts over columns that are not all texts is a header.
  const bool texts = std::all_of(first.begin(), first.end(), [](const RecordReader::Field& f) {
    return type_of(f.text) == SqlType::string;
  });
  const bool header = texts && std::any_of(below.begin(), below.end(), [](SqlType type) {
                        return type != SqlType::string && type != SqlType::null;
                      });
  std::vector<SqlColumn> columns;
  for (std::size_t i = 0; i < below.size(); ++i) {
    const std::string text = i < first.size() ? first[i].text : "";
    const SqlType type = header ? below[i] : widened(type_of(text), below[i]);
    std::string type_word(rest_name(type == SqlType::null ? SqlType::string : type));
    for (char& c : type_word) c = static_cast<char>(c - 'A' + 'a');
    columns.push_back({header ? column_name(text, i) : type_word + "_field_" + std::to_string(i),
                       type, false, ""});
  }
  if (header) ++options.skip_rows;
  return columns;
}

char one_character(const nlohmann::json& load, const char* key, char otherwise) {
  if (!load.contains(key)) return otherwise;
  const std::string text = load[key].get<std::string>();
  if (text == "\\t" || upper(text) == "TAB") return '\t';
  if (text.size() > 1) throw bad_request(std::string(key) + " must be one character");
  return text.empty() ? '\0' : text[0];
}

}  // namespace

LoadOptions load_options(const nlohmann::json& load) {
  LoadOptions options;
  const std::string format = load.value("sourceFormat", "CSV");
  if (format != "CSV" && format != "NEWLINE_DELIMITED_JSON") {
    throw not_implemented("loading " + format);
  }
  options.json = format != "CSV";
  const std::string encoding = upper(load.value("encoding", "UTF-8"));
  if (encoding != "UTF-8" && encoding != "UTF8") throw not_implemented("encoding " + encoding);
  options.delimiter = one_character(load, "fieldDelimiter", ',');
  options.quote = one_character(load, "quote", '"');
  if (options.delimiter == '\0') throw bad_request("fieldDelimiter must be one character");
  options.skip_rows = json_number(load, "skipLeadingRows").value_or(0);
  if (load.contains("nullMarker")) options.null_marker = load["nullMarker"].get<std::string>();
  options.max_bad_records = json_number(load, "maxBadRecords").value_or(0);
  options.ignore_unknown = json_flag(load, "ignoreUnknownValues", false);
  options.jagged_rows = json_flag(load, "allowJaggedRows", false);
  return options;
}

std::vector<SqlColumn> detect_columns(const Blob& content, LoadOptions& options) {
  RecordReader reader(content);
  std::vector<SqlColumn> columns = options.json ? detect_json(reader) : detect_csv(reader, options);
  for (SqlColumn& column : columns) {
    if (column.type == SqlType::null) column.type = SqlType::string;
  }
  return columns;
}

LoadResult load_rows(BigQueryStore& store, BigQueryTable& table, const Blob& content,
                     const LoadOptions& options) {
  RecordReader reader(content);
  LoadResult result;
  Fields fields;
  std::string line;
  std::int64_t number = 0;
  if (!options.json) {
    while (number < options.skip_rows && reader.record(options.delimiter, options.quote, fields)) {
      ++number;
    }
  }
  result.rows = store.append(table, [&](SqlRow& row) {
    while (options.json ? reader.line(line)
                        : reader.record(options.delimiter, options.quote, fields)) {
      ++number;
      if (options.json && line.empty()) continue;
      try {
        row = options.json ? json_row(line, table.columns, options, number)
                           : csv_row(fields, table.columns, options, number);
        return true;
      } catch (const LoadError&) {
        if (++result.bad_records > options.max_bad_records) throw;
      }
    }
    return false;
  });
  return result;
}

}  // namespace sandbox
