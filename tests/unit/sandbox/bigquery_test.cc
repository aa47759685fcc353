// BigQuery by its REST API, with requests made by hand: what real clients were seen to send.
#include "tests/sandbox/bigquery.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/sandbox/gzip.h"
#include "tests/unit/sandbox/exchange_support.h"

namespace sandbox {
namespace {

using nlohmann::json;

constexpr char kProject[] = "/bigquery/v2/projects/foo-project";

class BigQueryApi : public testing::Test {
 protected:
  Response send(const std::string& method, const std::string& target, const std::string& body = "",
                HeaderList headers = {}) {
    Request request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (request.path != target) request.query = target.substr(request.path.size() + 1);
    request.headers = std::move(headers);
    request.headers.emplace_back("Host", "bigquery.googleapis.com");
    request.body = text_source(body);
    return handler_(request);
  }

  json call(const std::string& method, const std::string& path, const json& body = json()) {
    last_ = send(method, kProject + path, body.is_null() ? "" : body.dump());
    return last_.body.empty() ? json() : json::parse(last_.body);
  }

  json query(const std::string& sql, json extra = json::object()) {
    extra["query"] = sql;
    if (!extra.contains("useLegacySql")) extra["useLegacySql"] = false;
    return call("POST", "/queries", extra);
  }

  // The cells of the answer, NULL as "NULL"; the error's message where there is one.
  std::string cells(const std::string& sql, json extra = json::object()) {
    const json answer = query(sql, std::move(extra));
    if (answer.contains("error")) return answer["error"]["message"];
    return text_of(answer);
  }

  static std::string text_of(const json& answer) {
    std::string text;
    for (const json& row : answer.value("rows", json::array())) {
      if (!text.empty()) text += "; ";
      bool first = true;
      for (const json& cell : row["f"]) {
        if (!first) text += ",";
        text += cell["v"].is_null() ? "NULL" : cell["v"].get<std::string>();
        first = false;
      }
    }
    return text;
  }

  std::string types(const std::string& sql) {
    const json answer = query(sql);
    std::string text;
    for (const json& field : answer["schema"]["fields"]) {
      text += (text.empty() ? "" : ",") + field["name"].get<std::string>() + ":" +
              field["type"].get<std::string>();
    }
    return text;
  }

  json load(const json& configuration, const std::string& content) {
    const json job = {{"configuration", {{"load", configuration}}}};
    const std::string body = "--b\r\nContent-Type: application/json\r\n\r\n" + job.dump() +
                             "\r\n--b\r\nContent-Type: */*\r\n\r\n" + content + "\r\n--b--\r\n";
    last_ = send("POST", std::string("/upload") + kProject + "/jobs?uploadType=multipart", body,
                 {{"Content-Type", "multipart/related; boundary=\"b\""}});
    return json::parse(last_.body);
  }

  Response last_;
  Handler handler_ = bigquery_handler();
};

json table(const std::string& name) {
  return {{"projectId", "foo-project"}, {"datasetId", "hoge_dataset"}, {"tableId", name}};
}

// Google's Java clients compress what they send.
TEST_F(BigQueryApi, CompressedRequestsAreRead) {
  const std::string body = R"({"query": "SELECT 41 + 1", "useLegacySql": false})";
  const auto ask = [&](const std::string& bytes, const std::string& encoding) {
    return send("POST", std::string(kProject) + "/queries", bytes,
                {{"Content-Type", "application/json"}, {"Content-Encoding", encoding}});
  };
  const Response answer = ask(gzip(body), "gzip");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find("\"42\""), std::string::npos) << answer.body;
  EXPECT_EQ(ask(gzip(body.substr(0, 10)) + gzip(body.substr(10)), "GZIP").status, 200);
  EXPECT_EQ(ask(body, "gzip").status, 400);
  EXPECT_EQ(ask(gzip(body).substr(0, 20), "gzip").status, 400);
  EXPECT_EQ(ask(body, "br").status, 501);
}

TEST(Gzip, StopsAtTheLimit) {
  const std::string bomb = gzip(std::string(1 << 20, 'x'));
  EXPECT_EQ(gunzip(bomb)->size(), 1u << 20);
  EXPECT_FALSE(gunzip(bomb, 1000));
  EXPECT_FALSE(gunzip(""));
}

TEST_F(BigQueryApi, QueriesCompute) {
  EXPECT_EQ(cells("SELECT 1"), "1");
  EXPECT_EQ(cells("SELECT name, SUM(amount) FROM `foo-project.hoge_dataset.fuga_table` "
                  "WHERE paid GROUP BY name ORDER BY 2 DESC LIMIT 2"),
            "carol,100.0; alice,12.5");
  EXPECT_EQ(cells("SELECT id FROM foo-project.hoge_dataset.fuga_table WHERE created >= "
                  "'2024-02-01' ORDER BY id"),
            "4; 5");
  EXPECT_EQ(cells("SELECT t.name, u.id FROM hoge_dataset.fuga_table t JOIN "
                  "hoge_dataset.fuga_table AS u USING (id) WHERE t.id < 3 ORDER BY u.id DESC"),
            "bob,2; alice,1");
  EXPECT_EQ(cells("WITH a AS (SELECT MAX(amount) m FROM hoge_dataset.fuga_table) SELECT t.id "
                  "FROM a, hoge_dataset.fuga_table t WHERE t.amount = m"),
            "3");
}

// SQLite would say 3, 0, and yes to all of these.
TEST_F(BigQueryApi, ArithmeticIsBigQuerysNotSqlites) {
  EXPECT_EQ(cells("SELECT 7/2, DIV(7, 2), MOD(7, 2)"), "3.5,3,1");
  EXPECT_EQ(cells("SELECT 1/0"), "division by zero: 1 / 0");
  EXPECT_EQ(cells("SELECT CAST('abc' AS INT64)"), "Bad INT64 value: abc");
  EXPECT_EQ(cells("SELECT SAFE_CAST('abc' AS INT64)"), "NULL");
  EXPECT_EQ(cells("SELECT 9223372036854775807 + 1"), "int64 overflow in column f0_");
  EXPECT_EQ(cells("SELECT 'A' LIKE 'a'"), "false");
  EXPECT_EQ(cells("SELECT 'a' = 1"),
            "No matching signature for operator = for argument types: STRING, INT64 at [1:12]");
}

TEST_F(BigQueryApi, ColumnsHaveTypesAndNames) {
  EXPECT_EQ(types("SELECT 1, 1.5 AS x, 'a', TRUE b, CURRENT_TIMESTAMP() t, CURRENT_DATE() d, NULL"),
            "f0_:INTEGER,x:FLOAT,f1_:STRING,b:BOOLEAN,t:TIMESTAMP,d:DATE,f2_:INTEGER");
  EXPECT_EQ(types("SELECT * FROM hoge_dataset.fuga_table"),
            "id:INTEGER,name:STRING,amount:FLOAT,paid:BOOLEAN,day:DATE,created:TIMESTAMP");
  EXPECT_EQ(types("SELECT MAX(created) c, id > 1 AS g, IF(paid, 1, 0.5) i "
                  "FROM hoge_dataset.fuga_table GROUP BY g, i"),
            "c:TIMESTAMP,g:BOOLEAN,i:FLOAT");
}

TEST_F(BigQueryApi, TimestampsComeAsSecondsOrAsMicroseconds) {
  const std::string sql = "SELECT TIMESTAMP '2024-01-02 03:04:05.5+09:00'";
  EXPECT_EQ(cells(sql), "1.7041322455E9");
  EXPECT_EQ(cells(sql, {{"formatOptions", {{"useInt64Timestamp", true}}}}), "1704132245500000");
  EXPECT_EQ(cells("SELECT CAST(TIMESTAMP '2024-01-02 03:04:05.5' AS STRING)"),
            "2024-01-02 03:04:05.5+00");
}

TEST_F(BigQueryApi, DatesCompute) {
  EXPECT_EQ(
      cells("SELECT DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH), "
            "DATE_DIFF(DATE '2024-03-01', DATE '2024-02-01', DAY), "
            "DATE_TRUNC(DATE '2024-02-15', MONTH), EXTRACT(DAYOFWEEK FROM DATE '2024-11-24'), "
            "FORMAT_DATE('%Y/%m', DATE '2024-02-03')"),
      "2024-02-29,29,2024-02-01,1,2024/02");
}

TEST_F(BigQueryApi, BadSqlIsInvalidQuery) {
  const json answer = query("SELEC 1");
  EXPECT_EQ(last_.status, 400);
  EXPECT_EQ(answer["error"]["errors"][0]["reason"], "invalidQuery");
  EXPECT_EQ(answer["error"]["message"], "Syntax error: Unexpected identifier \"SELEC\" at [1:1]");
  EXPECT_EQ(cells("SELECT nope FROM hoge_dataset.fuga_table"), "Unrecognized name: nope at [1:8]");
  EXPECT_EQ(cells("SELECT name, COUNT(*) FROM hoge_dataset.fuga_table"),
            "SELECT list expression references column name which is neither grouped nor "
            "aggregated at [1:1]");
  EXPECT_EQ(cells("SELECT sqlite_version()"),
            "Function not found (or not one of the sandbox's): sqlite_version at [1:8]");
  EXPECT_EQ(cells("SELECT 1 AS a, 2 AS a"),
            "Duplicate column names in the result are not supported. Found duplicate(s): a");
}

TEST_F(BigQueryApi, UnknownTablesAndProjectsAreRefused) {
  EXPECT_EQ(query("SELECT * FROM hoge_dataset.nope")["error"]["errors"][0]["reason"], "notFound");
  EXPECT_EQ(last_.status, 404);
  EXPECT_EQ(send("GET", "/bigquery/v2/projects/other/datasets").status, 403);
  EXPECT_EQ(call("GET", "/datasets/nope")["error"]["message"],
            "Not found: Dataset foo-project:nope");
}

// bq asks in legacy SQL unless told otherwise.
TEST_F(BigQueryApi, LegacySqlIsTakenWithoutTables) {
  EXPECT_EQ(cells("SELECT 1", {{"useLegacySql", true}}), "1");
  EXPECT_NE(cells("SELECT * FROM [a.b]", {{"useLegacySql", true}}).find("useLegacySql to false"),
            std::string::npos);
  EXPECT_EQ(
      cells("#standardSQL\nSELECT COUNT(*) FROM hoge_dataset.fuga_table", {{"useLegacySql", true}}),
      "5");
}

TEST_F(BigQueryApi, ParametersArriveTyped) {
  const json by_name = {{"name", "m"},
                        {"parameterType", {{"type", "FLOAT64"}}},
                        {"parameterValue", {{"value", "40"}}}};
  EXPECT_EQ(cells("SELECT id FROM hoge_dataset.fuga_table WHERE amount > @m ORDER BY id",
                  {{"queryParameters", {by_name}}}),
            "3; 5");
  const auto text = [](const char* value) {
    return json{{"parameterType", {{"type", "STRING"}}}, {"parameterValue", {{"value", value}}}};
  };
  EXPECT_EQ(
      cells("SELECT ?, x FROM (SELECT ? AS x)", {{"queryParameters", {text("a'"), text("b")}}}),
      "a',b");
}

TEST_F(BigQueryApi, ResultsComeInPages) {
  const json first = query("SELECT n FROM UNNEST(GENERATE_ARRAY(1, 5)) AS n", {{"maxResults", 2}});
  EXPECT_EQ(text_of(first), "1; 2");
  EXPECT_EQ(first["totalRows"], "5");
  const std::string path =
      "/queries/" + first["jobReference"]["jobId"].get<std::string>() + "?maxResults=2&pageToken=";
  const json second = call("GET", path + first["pageToken"].get<std::string>());
  EXPECT_EQ(text_of(second), "3; 4");
  const json third = call("GET", path + second["pageToken"].get<std::string>());
  EXPECT_EQ(text_of(third), "5");
  EXPECT_FALSE(third.contains("pageToken"));
}

// As Python, Java and bq run queries: a job, then its results.
TEST_F(BigQueryApi, JobsTellHowTheyEnded) {
  const auto job = [](const std::string& id, const std::string& sql) {
    return json{{"jobReference", {{"projectId", "foo-project"}, {"jobId", id}}},
                {"configuration", {{"query", {{"query", sql}, {"useLegacySql", false}}}}}};
  };
  const json good = call("POST", "/jobs", job("good", "SELECT 2 AS x"));
  EXPECT_EQ(good["status"], json({{"state", "DONE"}}));
  EXPECT_EQ(good["statistics"]["query"]["statementType"], "SELECT");
  EXPECT_EQ(text_of(call("GET", "/queries/good")), "2");
  EXPECT_EQ(call("GET", "/jobs/good")["jobReference"]["jobId"], "good");

  const json bad = call("POST", "/jobs", job("bad", "SELECT x"));
  EXPECT_EQ(last_.status, 200);
  EXPECT_EQ(bad["status"]["errorResult"]["reason"], "invalidQuery");
  call("GET", "/queries/bad");
  EXPECT_EQ(last_.status, 400);

  call("POST", "/jobs", job("good", "SELECT 2"));
  EXPECT_EQ(last_.status, 409);
  EXPECT_EQ(call("GET", "/jobs")["jobs"].size(), 2u);
}

TEST_F(BigQueryApi, DryRunTellsBytesAndComputesNothing) {
  const json answer =
      call("POST", "/jobs",
           {{"configuration",
             {{"dryRun", true},
              {"query",
               {{"query", "SELECT * FROM hoge_dataset.fuga_table"}, {"useLegacySql", false}}}}}});
  EXPECT_EQ(answer["statistics"]["query"]["totalBytesProcessed"], "201");
  EXPECT_FALSE(answer["jobReference"].contains("jobId"));
  EXPECT_EQ(call("GET", "/jobs")["jobs"].size(), 0u);
}

TEST_F(BigQueryApi, StatementsChangeTables) {
  EXPECT_EQ(query("CREATE TABLE hoge_dataset.t (a INT64 NOT NULL, d DATE)").contains("error"),
            false);
  EXPECT_EQ(query("INSERT INTO hoge_dataset.t (a, d) VALUES (1, '2024-01-01'), (2, NULL)")
                ["numDmlAffectedRows"],
            "2");
  EXPECT_EQ(query("UPDATE hoge_dataset.t SET a = a * 10 WHERE a > 1")["numDmlAffectedRows"], "1");
  EXPECT_EQ(cells("SELECT * FROM hoge_dataset.t ORDER BY a"), "1,2024-01-01; 20,NULL");
  EXPECT_EQ(query("DELETE FROM hoge_dataset.t WHERE d IS NULL")["numDmlAffectedRows"], "1");
  query("CREATE OR REPLACE TABLE hoge_dataset.t AS SELECT 'x' AS s");
  EXPECT_EQ(cells("SELECT * FROM hoge_dataset.t"), "x");
  query("DROP TABLE hoge_dataset.t");
  EXPECT_EQ(query("DROP TABLE hoge_dataset.t")["error"]["code"], 404);
  EXPECT_EQ(cells("INSERT INTO hoge_dataset.fuga_table (name) VALUES (1)"),
            "Expected type STRING but found INT64 at [1:51]");
}

TEST_F(BigQueryApi, ResourcesAreListedMadeAndRemoved) {
  EXPECT_EQ(call("GET", "/datasets")["datasets"][0]["id"], "foo-project:hoge_dataset");
  call("POST", "/datasets", {{"datasetReference", {{"datasetId", "d"}}}});
  call("POST", "/datasets/d/tables",
       {{"tableReference", {{"tableId", "t"}}},
        {"schema", {{"fields", {{{"name", "a"}, {"type", "INT64"}}}}}},
        {"description", "made"}});
  EXPECT_EQ(call("GET", "/datasets/d/tables/t")["description"], "made");
  EXPECT_EQ(
      call("PATCH", "/datasets/d/tables/t", {{"description", nullptr}}).contains("description"),
      false);
  call("POST", "/datasets/d/tables/t/insertAll", {{"rows", {{{"json", {{"a", 7}}}}}}});
  EXPECT_EQ(text_of(call("GET", "/datasets/d/tables/t/data")), "7");
  const json refused =
      call("POST", "/datasets/d/tables/t/insertAll", {{"rows", {{{"json", {{"a", "seven"}}}}}}});
  EXPECT_EQ(refused["insertErrors"][0]["errors"][0]["location"], "a");
  call("DELETE", "/datasets/d");
  EXPECT_EQ(last_.status, 400);
  call("DELETE", "/datasets/d?deleteContents=true");
  EXPECT_EQ(last_.status, 204);
  EXPECT_EQ(call("GET", "/datasets")["datasets"].size(), 1u);
}

TEST_F(BigQueryApi, RowsAreListedBySelectedFields) {
  const json page = call("GET",
                         "/datasets/hoge_dataset/tables/fuga_table/data"
                         "?maxResults=2&startIndex=1&selectedFields=name,id");
  EXPECT_EQ(text_of(page), "2,bob; 3,carol");
  EXPECT_EQ(page["totalRows"], "5");
}

TEST_F(BigQueryApi, CsvIsLoaded) {
  const json schema = {{"fields",
                        {{{"name", "id"}, {"type", "INTEGER"}},
                         {{"name", "city"}, {"type", "STRING"}},
                         {{"name", "since"}, {"type", "DATE"}}}}};
  const json job =
      load({{"destinationTable", table("cities")}, {"schema", schema}, {"skipLeadingRows", 1}},
           "id,city,since\r\n1,\"Tokyo, \"\"JP\"\"\",2020-01-01\r\n2,\"two\nlines\",\r\n");
  EXPECT_EQ(job["statistics"]["load"]["outputRows"], "2");
  EXPECT_EQ(cells("SELECT * FROM hoge_dataset.cities ORDER BY id"),
            "1,Tokyo, \"JP\",2020-01-01; 2,two\nlines,NULL");
}

TEST_F(BigQueryApi, SchemasAreDetected) {
  load({{"destinationTable", table("c")}, {"autodetect", true}}, "a,b,c\n1,x,2024-01-01\n2.5,y,\n");
  EXPECT_EQ(types("SELECT * FROM hoge_dataset.c"), "a:FLOAT,b:STRING,c:DATE");
  EXPECT_EQ(cells("SELECT * FROM hoge_dataset.c"), "1.0,x,2024-01-01; 2.5,y,NULL");
  load({{"destinationTable", table("j")},
        {"autodetect", true},
        {"sourceFormat", "NEWLINE_DELIMITED_JSON"}},
       "{\"n\": 1, \"ok\": true}\n{\"t\": \"2024-01-02T03:04:05Z\"}\n");
  EXPECT_EQ(types("SELECT * FROM hoge_dataset.j"), "n:INTEGER,ok:BOOLEAN,t:TIMESTAMP");
}

TEST_F(BigQueryApi, ALoadThatFailsLeavesTheTableAsItWas) {
  const json schema = {{"fields", {{{"name", "id"}, {"type", "INTEGER"}}}}};
  const json into = {
      {"destinationTable", table("n")}, {"schema", schema}, {"writeDisposition", "WRITE_TRUNCATE"}};
  load(into, "1\n2\n");
  const json job = load(into, "3\nfour\n");
  EXPECT_EQ(job["status"]["errorResult"]["reason"], "invalid");
  EXPECT_EQ(job["status"]["errorResult"]["message"],
            "Error while reading data, error message: Could not parse 'four' as INT64 for field "
            "id (row 2)");
  EXPECT_EQ(cells("SELECT id FROM hoge_dataset.n ORDER BY id"), "1; 2");
  load(into, "5\n");
  EXPECT_EQ(cells("SELECT id FROM hoge_dataset.n"), "5");
}

// bq: one POST that opens a session, then the file in one PUT or several.
TEST_F(BigQueryApi, ResumableLoadInPieces) {
  const json job = {{"configuration",
                     {{"load",
                       {{"destinationTable", table("r")},
                        {"schema", {{"fields", {{{"name", "id"}, {"type", "INTEGER"}}}}}}}}}}};
  const Response opened =
      send("POST", std::string("/resumable/upload") + kProject + "/jobs?uploadType=resumable",
           job.dump());
  const std::string location = opened.headers[0].second;
  const std::string host = "https://bigquery.googleapis.com";
  ASSERT_TRUE(location.starts_with(host + "/resumable/upload/bigquery/v2/")) << location;
  const std::string session = location.substr(host.size());
  const Response more = send("PUT", session, "1\n2", {{"Content-Range", "bytes 0-2/6"}});
  EXPECT_EQ(more.status, 308);
  EXPECT_EQ(more.headers[0], (std::pair<std::string, std::string>("Range", "bytes=0-2")));
  const Response done = send("PUT", session, "2\n3", {{"Content-Range", "bytes 3-5/6"}});
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(cells("SELECT id FROM hoge_dataset.r ORDER BY id"), "1; 3; 22");
}

TEST_F(BigQueryApi, WhatIsNotThereIsRefusedByName) {
  EXPECT_EQ(call("GET", "/datasets/hoge_dataset/models")["error"]["code"], 501);
  const json extract = call("POST", "/jobs", {{"configuration", {{"extract", json::object()}}}});
  EXPECT_EQ(extract["error"]["errors"][0]["reason"], "notImplemented");
  EXPECT_NE(cells("SELECT [1]").find("no arrays"), std::string::npos);
  EXPECT_NE(cells("MERGE x").find("MERGE"), std::string::npos);
  EXPECT_NE(cells("SELECT CAST(1 AS NUMERIC)").find("NUMERIC"), std::string::npos);
}

TEST_F(BigQueryApi, DiscoveryNamesTheCallersAddress) {
  const json document = json::parse(send("GET", "/discovery/v1/apis/bigquery/v2/rest").body);
  EXPECT_EQ(document["rootUrl"], "https://bigquery.googleapis.com/");
  EXPECT_EQ(document["resources"]["jobs"]["methods"]["insert"]["path"],
            "projects/{projectId}/jobs");
}

}  // namespace
}  // namespace sandbox
