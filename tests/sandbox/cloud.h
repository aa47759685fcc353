// The whole sandbox cloud in one object: every stand-in on its own loopback port, and the means to
// steer and observe them. Used in-process by the end-to-end tests and by wif-sandbox.
//
//   Cloud cloud(CloudOptions().token_lives(60s).in_dir(dir));
//   cloud.failures().add("google_sts", {.status = 503, .count = 2});
//   EXPECT_EQ(cloud.arrivals().count("bigquery"), 1);
//
// Services: "imds", "ecs" (also EKS Pod Identity), "aws_sts", "google_sts", "iam_credentials",
// "google_apis", "outside" (a TLS echo that is no Google name), "outside_http" (the same in plain).
// Arrivals and failures of "google_apis" go by the API: "bigquery", "storage", "discovery", "echo",
// "other".
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sandbox/arrivals.h"
#include "tests/sandbox/aws_metadata.h"
#include "tests/sandbox/certificates.h"
#include "tests/sandbox/failures.h"
#include "tests/sandbox/http.h"
#include "tests/sandbox/world.h"

namespace sandbox {

struct CloudOptions {
  std::string address = "127.0.0.1";
  std::map<std::string, std::string> listen;  // service -> "ADDRESS[:PORT]" instead
  std::filesystem::path dir;                  // where files are written; empty = none
  std::chrono::seconds token_life{3600};      // upper limit for Google tokens
  ImdsMode imds_mode = ImdsMode::kOptional;

  CloudOptions& in_dir(std::filesystem::path path);
  CloudOptions& token_lives(std::chrono::seconds life);
  CloudOptions& imds(ImdsMode mode);
  CloudOptions& listen_at(const std::string& service, const std::string& where);
};

// Serves from construction to destruction. Every method may be called from any thread.
class Cloud {
 public:
  explicit Cloud(CloudOptions options = {});
  ~Cloud();
  Cloud(const Cloud&) = delete;
  Cloud& operator=(const Cloud&) = delete;

  World& world() { return world_; }
  AwsMetadata& metadata() { return metadata_; }
  Arrivals& arrivals() { return arrivals_; }
  Failures& failures() { return failures_; }
  CertificateAuthority& authority() { return authority_; }
  // Throws std::out_of_range for an unknown service.
  HttpServer& server(const std::string& service);

  // Where things are.
  std::uint16_t port(const std::string& service);
  // "http://ADDRESS:PORT" or "https://ADDRESS:PORT".
  std::string url(const std::string& service);
  // "HOST:443:ADDRESS:PORT" for every TLS name, as curl's --connect-to wants them.
  std::vector<std::string> connect_to();
  std::string ca_pem() const { return authority_.pem(); }
  // ca.pem, eks-token (default:eks-access-to-gcp), other-ksa-token (default:other-ksa) and
  // pod-identity-token in the options' folder.
  std::filesystem::path file(const std::string& name) const;
  // Everything above as one line of JSON.
  std::string describe();

  // A projected token of a Kubernetes service account, audience sts.amazonaws.com.
  std::string make_ksa_token(const std::string& name_space, const std::string& name) const;

  // Certificate of a TLS service for new connections; open ones are ended, so that no pooled
  // connection hides the change.
  void serve_bad_certificate(const std::string& service, BadCertificate kind);
  void serve_good_certificate(const std::string& service);
  // What a TLS service offers by ALPN from now on, by preference: "h2", "http/1.1".
  void speak(const std::string& service, std::vector<std::string> protocols);
  // A server that speaks TLS 1.1 only.
  void serve_old_tls(const std::string& service);

 private:
  void start(const std::string& service, Handler handler, bool tls);
  void write_files();

  CloudOptions options_;
  World world_;
  CertificateAuthority authority_;
  Arrivals arrivals_;
  Failures failures_;
  AwsMetadata metadata_;
  std::map<std::string, std::unique_ptr<HttpServer>> servers_;  // last: handlers use all above
};

}  // namespace sandbox
