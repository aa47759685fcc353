// Cloud Storage by its JSON and XML APIs, with requests made by hand: what real clients were seen
// to send.
#include "tests/sandbox/storage.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/sandbox/blob.h"
#include "tests/unit/sandbox/exchange_support.h"

namespace sandbox {
namespace {

using nlohmann::json;

std::string header(const Response& response, const std::string& name) {
  for (const auto& [field, value] : response.headers) {
    if (field == name) return value;
  }
  return "";
}

std::string content(const Response& response) {
  std::string text = response.body;
  std::vector<char> piece(1000);
  while (response.source) {
    const std::size_t got = response.source(piece.data(), piece.size());
    if (got == 0) break;
    text.append(piece.data(), got);
  }
  return text;
}

class StorageApi : public testing::Test {
 protected:
  Response send(const std::string& method, const std::string& target, const std::string& body = "",
                HeaderList headers = {}) {
    Request request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (request.path != target) request.query = target.substr(request.path.size() + 1);
    request.headers = std::move(headers);
    request.headers.emplace_back("Host", "storage.googleapis.com");
    request.body = text_source(body);
    return handler_(request);
  }

  json upload(const std::string& name, const std::string& text, const std::string& more = "") {
    const Response response = send("POST", kUpload + "?uploadType=media&name=" + name + more, text,
                                   {{"Content-Type", "text/plain"}});
    return json::parse(response.body);
  }

  std::string open_session(const std::string& name) {
    const Response response = send("POST", kUpload + "?uploadType=resumable&name=" + name, "{}",
                                   {{"X-Upload-Content-Type", "image/png"}});
    const std::string location = header(response, "Location");
    return location.substr(std::string("https://storage.googleapis.com").size());
  }

  const std::string kUpload = "/upload/storage/v1/b/foo-bucket/o";
  const std::string kObjects = "/storage/v1/b/foo-bucket/o/";
  Handler handler_ = storage_handler();
};

TEST_F(StorageApi, MediaUploadAndDownload) {
  const json object = upload("dir%2Fa%20b.txt", "hello");
  EXPECT_EQ(object["name"], "dir/a b.txt");
  EXPECT_EQ(object["size"], "5");
  EXPECT_EQ(object["md5Hash"], "XUFAKrxLKna5cZ2REBfFkg==");
  EXPECT_EQ(object["crc32c"], "mnG7TA==");
  EXPECT_EQ(json::parse(send("GET", kObjects + "dir%2Fa%20b.txt").body), object);
  EXPECT_EQ(content(send("GET", kObjects + "dir%2Fa%20b.txt?alt=media")), "hello");
  EXPECT_EQ(content(send("GET", "/download" + kObjects + "dir%2Fa%20b.txt?alt=media")), "hello");
  EXPECT_EQ(content(send("GET", "/foo-bucket/dir/a%20b.txt")), "hello");
  EXPECT_EQ(send("GET", kObjects + "nope?alt=media").status, 404);
}

// Python writes multipart bodies with LF, Node with CRLF.
TEST_F(StorageApi, MultipartUpload) {
  for (const std::string end : {"\r\n", "\n"}) {
    const std::string body = "--=b=" + end + "Content-Type: application/json" + end + end +
                             R"({"name":"m","metadata":{"k":"v"}})" + end + "--=b=" + end +
                             "Content-Type: text/csv" + end + end + "a,b\r\n--=b\n" + end +
                             "--=b=--";
    const Response response = send("POST", kUpload + "?uploadType=multipart", body,
                                   {{"Content-Type", "multipart/related; boundary='=b='"}});
    const json object = json::parse(response.body);
    EXPECT_EQ(object["contentType"], "text/csv");
    EXPECT_EQ(object["metadata"]["k"], "v");
    EXPECT_EQ(content(send("GET", kObjects + "m?alt=media")), "a,b\r\n--=b\n");
  }
}

TEST_F(StorageApi, AnnouncedHashesAreChecked) {
  const std::string body =
      "--b\r\n\r\n\r\n{\"name\":\"h\",\"md5Hash\":\"AAAA\"}\r\n--b\r\nContent-Type: "
      "text/plain\r\n\r\nx\r\n--b--";
  const Response response = send("POST", kUpload + "?uploadType=multipart", body,
                                 {{"Content-Type", "multipart/related; boundary=b"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(send("GET", kObjects + "h").status, 404);
}

TEST_F(StorageApi, ResumableUploadInChunks) {
  const std::string session = open_session("r");
  Response more = send("PUT", session, "abc", {{"Content-Range", "bytes 0-2/*"}});
  EXPECT_EQ(more.status, 308);
  EXPECT_EQ(header(more, "Range"), "bytes=0-2");
  // A client that lost the answer asks where it is.
  more = send("PUT", session, "", {{"Content-Range", "bytes */*"}});
  EXPECT_EQ(header(more, "Range"), "bytes=0-2");
  // It may send again what is there already.
  more = send("PUT", session, "bcd", {{"Content-Range", "bytes 1-3/*"}});
  EXPECT_EQ(header(more, "Range"), "bytes=0-3");
  // After a gap nothing is taken.
  more = send("PUT", session, "zz", {{"Content-Range", "bytes 9-10/*"}});
  EXPECT_EQ(header(more, "Range"), "bytes=0-3");
  const Response done = send("PUT", session, "ef", {{"Content-Range", "bytes 4-5/6"}});
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(json::parse(done.body)["contentType"], "image/png");
  EXPECT_EQ(content(send("GET", kObjects + "r?alt=media")), "abcdef");
  // Asked once more, a finished session repeats its answer.
  EXPECT_EQ(send("PUT", session, "", {{"Content-Range", "bytes */6"}}).body, done.body);
}

TEST_F(StorageApi, ResumableUploadOfUnknownLength) {
  const Response one = send("PUT", open_session("n"), "node", {{"Content-Range", "bytes 0-*/*"}});
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(json::parse(one.body)["size"], "4");
  const std::string session = open_session("e");
  send("PUT", session, "ab", {{"Content-Range", "bytes 0-1/*"}});
  EXPECT_EQ(send("PUT", session, "", {{"Content-Range", "bytes */2"}}).status, 200);
}

// Go follows no 308 and asks for this instead.
TEST_F(StorageApi, No308) {
  const Response more = send("POST", open_session("g") + "&uploadType=resumable", "abc",
                             {{"Content-Range", "bytes 0-2/*"}, {"X-GUploader-No-308", "yes"}});
  EXPECT_EQ(more.status, 200);
  EXPECT_EQ(header(more, "X-HTTP-Status-Code-Override"), "308");
  EXPECT_EQ(header(more, "Range"), "bytes=0-2");
}

TEST_F(StorageApi, SessionsRefuseWhatDoesNotAddUp) {
  const std::string session = open_session("x");
  EXPECT_EQ(send("PUT", session, "abc", {{"Content-Range", "bytes 0-9/*"}}).status, 400);
  EXPECT_EQ(send("PUT", session, "", {{"Content-Range", "nonsense"}}).status, 400);
  EXPECT_EQ(send("DELETE", session).status, 499);
  EXPECT_EQ(send("PUT", session, "abc").status, 404);
  EXPECT_EQ(send("POST", "/upload/storage/v1/b/none/o?uploadType=resumable", "{}").status, 404);
}

TEST_F(StorageApi, RangesAnswer206) {
  upload("r", "0123456789");
  const auto get = [this](const std::string& range) {
    return send("GET", kObjects + "r?alt=media", "", {{"Range", range}});
  };
  const Response middle = get("bytes=2-4");
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(content(middle), "234");
  EXPECT_EQ(header(middle, "Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(content(get("bytes=7-")), "789");
  EXPECT_EQ(content(get("bytes=-3")), "789");
  EXPECT_EQ(content(get("bytes=8-100")), "89");
  EXPECT_EQ(get("bytes=10-").status, 416);
  EXPECT_EQ(header(get("bytes=10-"), "Content-Range"), "bytes */10");
  EXPECT_EQ(get("lines=1-2").status, 200);
}

TEST_F(StorageApi, GenerationsAreHonoured) {
  const json first = upload("g", "1", "&ifGenerationMatch=0");
  EXPECT_EQ(upload("g", "2", "&ifGenerationMatch=0")["error"]["code"], 412);
  const std::string generation = first["generation"];
  const json second = upload("g", "3", "&ifGenerationMatch=" + generation);
  EXPECT_GT(std::stoll(second["generation"].get<std::string>()), std::stoll(generation));
  EXPECT_EQ(send("GET", kObjects + "g?generation=" + generation).status, 404);
  EXPECT_EQ(send("DELETE", kObjects + "g?ifGenerationMatch=" + generation).status, 412);
  EXPECT_EQ(content(send("GET", kObjects + "g?alt=media")), "3");
  const std::string now = second["generation"];
  EXPECT_EQ(send("GET", kObjects + "g?ifGenerationNotMatch=" + now).status, 304);
  EXPECT_EQ(send("DELETE", kObjects + "g?ifGenerationMatch=" + now).status, 204);
}

TEST_F(StorageApi, ListsWithPrefixesAndPages) {
  for (const char* name : {"a", "d%2F1", "d%2F2", "e"}) upload(name, "x");
  const auto list = [this](const std::string& query) {
    const json answer = json::parse(send("GET", "/storage/v1/b/foo-bucket/o?" + query).body);
    std::string text;
    for (const json& item : answer.value("items", json::array())) {
      text += item["name"].get<std::string>() + " ";
    }
    for (const json& prefix : answer.value("prefixes", json::array())) {
      text += "[" + prefix.get<std::string>() + "] ";
    }
    return text + answer.value("nextPageToken", "");
  };
  EXPECT_EQ(list(""), "a d/1 d/2 e ");
  EXPECT_EQ(list("prefix=d%2F"), "d/1 d/2 ");
  EXPECT_EQ(list("delimiter=%2F"), "a e [d/] ");
  EXPECT_EQ(list("delimiter=%2F&maxResults=2"), "a [d/] d/");
  EXPECT_EQ(list("delimiter=%2F&maxResults=2&pageToken=d%2F"), "e ");
}

TEST_F(StorageApi, BucketsAreMadeAndRemoved) {
  EXPECT_EQ(send("POST", "/storage/v1/b?project=foo-project", R"({"name":"new-one"})").status, 200);
  EXPECT_EQ(send("POST", "/storage/v1/b?project=foo-project", R"({"name":"new-one"})").status, 409);
  EXPECT_EQ(json::parse(send("GET", "/storage/v1/b?project=foo-project").body)["items"].size(), 2u);
  EXPECT_EQ(send("DELETE", "/storage/v1/b/new-one").status, 204);
  upload("a", "x");
  EXPECT_EQ(send("DELETE", "/storage/v1/b/foo-bucket").status, 409);
}

TEST_F(StorageApi, XmlPathsPutAndGet) {
  const Response put = send("PUT", "/foo-bucket/x/y%2Fz", "xml", {{"Content-Type", "text/xml"}});
  EXPECT_EQ(put.status, 200);
  const Response got = send("GET", "/foo-bucket/x/y/z", "", {{"Range", "bytes=1-"}});
  EXPECT_EQ(content(got), "ml");
  EXPECT_EQ(header(got, "Content-Type"), "text/xml");
  EXPECT_TRUE(header(got, "x-goog-hash").starts_with("crc32c="));
  const Response missing = send("GET", "/foo-bucket/nope");
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.body.find("<Code>NoSuchKey</Code>"), std::string::npos);
}

TEST_F(StorageApi, WhatIsNotThereIsRefusedByName) {
  upload("a", "x");
  const Response copy = send("POST", kObjects + "a/rewriteTo/b/foo-bucket/o/c");
  EXPECT_EQ(copy.status, 501);
  EXPECT_NE(copy.body.find("notImplemented"), std::string::npos);
}

TEST(Blob, LargeContentGoesToAFile) {
  Blob blob;
  const std::string piece(100'000, 'x');
  for (int i = 0; i < 10; ++i) blob.append(piece);
  EXPECT_FALSE(blob.in_file());
  blob.append(std::string(100'000, 'y'));
  EXPECT_TRUE(blob.in_file());
  EXPECT_EQ(blob.size(), 1'100'000u);
  std::string text(10, '\0');
  EXPECT_EQ(blob.read(999'995, text.data(), 10), 10u);
  EXPECT_EQ(text, "xxxxxyyyyy");
  EXPECT_EQ(blob.read(1'099'999, text.data(), 10), 1u);
}

// The check value of CRC-32C, cut so that both ways of counting are used.
TEST(Blob, Crc32c) {
  Blob blob;
  blob.append("1");
  blob.append("23456789");
  EXPECT_EQ(blob.crc32c(), "4waSgw==");
}

}  // namespace
}  // namespace sandbox
