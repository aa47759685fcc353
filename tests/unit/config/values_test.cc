#include "config/values.h"

#include <gtest/gtest.h>

#include "config/token_url.h"
#include "config/url.h"

namespace wif::config {
namespace {

using namespace std::chrono_literals;

TEST(Duration, NeedsAUnit) {
  EXPECT_EQ(*parse_duration("500ms"), 500ms);
  EXPECT_EQ(*parse_duration("10s"), 10s);
  EXPECT_EQ(*parse_duration("5m"), 5min);
  EXPECT_EQ(*parse_duration("1h"), 1h);
  EXPECT_EQ(*parse_duration("0s"), 0s);
  for (const char* text : {"", "10", "s", "-1s", "1.5s", "1 s", "10S", "1d", "1h30m", "+1s",
                           "99999999999999999999s", "9999999999h", "1sx"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Boolean, TakesTheUsualWords) {
  for (const char* text : {"true", "TRUE", "1", "yes", "on"}) EXPECT_TRUE(*parse_boolean(text));
  for (const char* text : {"false", "0", "No", "off"}) EXPECT_FALSE(*parse_boolean(text));
  for (const char* text : {"", "2", "perhaps", "tru"}) EXPECT_FALSE(parse_boolean(text)) << text;
}

TEST(AwsRegion, Shape) {
  for (const char* text : {"us-east-1", "ap-northeast-1", "us-gov-west-1", "cn-north-1",
                           "us-iso-east-1", "eu-central-12"}) {
    EXPECT_TRUE(is_aws_region(text)) << text;
  }
  for (const char* text : {"", "us-east-1a", "us-east", "useast1", "us-east-", "US-EAST-1",
                           "us-west-2-lax-1a", "usa-east-1", "us--1", "use2-az1", "us-east-1 "}) {
    EXPECT_FALSE(is_aws_region(text)) << text;
  }
}

TEST(Email, Shape) {
  EXPECT_TRUE(is_email("a@b.iam.gserviceaccount.com"));
  for (const char* text : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b/c", "a@b:c", "a%40b@c"}) {
    EXPECT_FALSE(is_email(text)) << text;
  }
}

TEST(Url, IsCutIntoParts) {
  const auto url = parse_url("HTTPS://Sts.Example.COM:8443/a/b?c=d&e#f");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "sts.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(url->query, "c=d&e");
  EXPECT_TRUE(url->has_fragment);
  EXPECT_FALSE(url->has_userinfo);
  EXPECT_EQ(parse_url("http://[fd00:ec2::254]:80/x")->host, "fd00:ec2::254");
  EXPECT_TRUE(parse_url("http://u:p@a.b/")->has_userinfo);
}

TEST(Url, WhatTwoParsersMightReadDifferentlyIsRefused) {
  for (const char* text : {"",
                           "a.b",
                           "//a.b",
                           "://a.b",
                           "http:/a.b",
                           "http://",
                           "http:///x",
                           "http://a.b:x/",
                           "http://a.b:/",
                           "http://a.b:0/",
                           "http://a.b:65536/",
                           "http://a b/",
                           "http://a.b\\@c.d/",
                           "http://[::1",
                           "http://[::1]x/",
                           "http://[1.2.3.4]/",
                           "http://::1/",
                           "http://127.1/",
                           "http://a..b/",
                           "http://a.b/\n",
                           "http://a.b/\"",
                           "http://\xc3\xa9.b/",
                           "ht~tp://a.b"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

TEST(ServiceHost, CoversEveryFormOfRuleU) {
  for (const char* host :
       {"oauth2.googleapis.com", "oauth2.mtls.googleapis.com", "x.oauth2.googleapis.com",
        "oauth2.x.rep.googleapis.com", "x-oauth2.googleapis.com", "oauth2-x.p.googleapis.com"}) {
    EXPECT_TRUE(is_service_host(host, "oauth2", "googleapis.com")) << host;
  }
  for (const char* host : {"bigquery.googleapis.com", "xoauth2.googleapis.com", "googleapis.com",
                           "oauth2.googleapis.com.evil.example", "oauth2"}) {
    EXPECT_FALSE(is_service_host(host, "oauth2", "googleapis.com")) << host;
  }
}

}  // namespace
}  // namespace wif::config
