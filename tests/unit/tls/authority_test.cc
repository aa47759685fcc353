#include "tls/authority.h"

#include <openssl/pem.h>

#include "tests/unit/tls/test_support.h"

namespace wif::tls {
namespace {

using namespace test;

AuthorityOptions for_google() {
  AuthorityOptions options;
  options.permitted_suffixes = {"googleapis.com"};
  options.host_name = "box-1";
  return options;
}

Authority in_memory() { return *Authority::create(for_google(), now()); }

std::string as_text(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  // Not X509_print(): versions of OpenSSL differ in how it writes names.
  X509_print_ex(bio.get(), certificate, XN_FLAG_RFC2253, 0);
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &data));
  return std::string(data, size);
}

testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no \"" << part << "\" in: " << text;
}

std::string key_pem(EVP_PKEY* key) { return std::string(key_to_pem(key)->reveal()); }

TEST(Authority, CertificateIsAConstrainedCa) {
  const std::string text = as_text(in_memory().certificate());
  EXPECT_TRUE(
      contains(text, "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0"));
  EXPECT_TRUE(
      contains(text, "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign"));
  EXPECT_TRUE(contains(text,
                       "X509v3 Name Constraints: critical\n                Permitted:\n"
                       "                  DNS:googleapis.com\n                Excluded:\n"
                       "                  IP:0.0.0.0/0.0.0.0\n"));
  EXPECT_TRUE(contains(text, "IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0"));
  EXPECT_TRUE(contains(text, "Subject: CN=wif-proxy CA box-1 "));
  EXPECT_TRUE(contains(text, "prime256v1"));
}

TEST(Authority, SubjectNeverLooksLikeGoogle) {
  auto options = for_google();
  options.host_name = "vm.c.Google.internal";
  const std::string text = as_text(Authority::create(options, now())->certificate());
  EXPECT_TRUE(contains(text, "Subject: CN=wif-proxy CA host "));
}

TEST(Authority, OddAndLongHostNamesStillGiveACertificate) {
  for (const std::string& name :
       {std::string(300, 'x'), std::string("a/b\n=\xc3\xa4"), std::string()}) {
    auto options = for_google();
    options.host_name = name;
    EXPECT_TRUE(Authority::create(options, now())) << name;
  }
}

TEST(Authority, LivesNinetyDaysInMemoryAndAYearInAFolder) {
  const TempFolder folder;
  EXPECT_EQ(in_memory().days_left(now()), 90);
  EXPECT_EQ(Authority::open_or_create(folder.path(), for_google(), now())->days_left(now()), 365);
  EXPECT_EQ(in_memory().days_left(now() + 24h * 100), 0);
  auto options = for_google();
  options.lifetime = 24h * 825;
  const auto longest = Authority::create(options, now());
  EXPECT_LT(not_after(longest->certificate()) - not_before(longest->certificate()), 24h * 825);
  options.lifetime += 1s;
  EXPECT_FALSE(Authority::create(options, now()));
}

TEST(Authority, RefusesSuffixesThatConfineNothing) {
  for (const std::string suffix : {"", "*.googleapis.com", "10.0.0.1", "a,permitted;DNS:b", "A.b",
                                   ".googleapis.com", "a..b", "x\ny"}) {
    auto options = for_google();
    options.permitted_suffixes = {suffix};
    EXPECT_FALSE(Authority::create(options, now())) << suffix;
  }
  EXPECT_FALSE(Authority::create({}, now()));
}

TEST(Authority, LeafVerifiesStrictlyForItsHostOnly) {
  const Authority authority = in_memory();
  const auto leaf = authority.mint("bigquery.googleapis.com", now(), 24h);
  ASSERT_TRUE(leaf) << leaf.error().what;
  X509* certificate = leaf->certificate.get();
  EXPECT_EQ(verify(certificate, authority.certificate(), "bigquery.googleapis.com"), X509_V_OK);
  EXPECT_EQ(verify(certificate, authority.certificate(), "storage.googleapis.com"),
            X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_EQ(X509_check_purpose(certificate, X509_PURPOSE_SSL_CLIENT, 0), 0);
  EXPECT_EQ(X509_check_ca(certificate), 0);
  EXPECT_TRUE(
      contains(as_text(certificate),
               "X509v3 Subject Alternative Name: \n                DNS:bigquery.googleapis.com\n"));
  EXPECT_TRUE(leaf->chain.empty());
}

TEST(Authority, LeafOfALongHostHasOnlyTheSan) {
  const std::string host = std::string(60, 'a') + "." + std::string(60, 'b') + ".googleapis.com";
  const Authority authority = in_memory();
  const auto leaf = authority.mint(host, now(), 24h);
  ASSERT_TRUE(leaf);
  EXPECT_EQ(verify(leaf->certificate.get(), authority.certificate(), host), X509_V_OK);
  EXPECT_EQ(X509_NAME_entry_count(X509_get_subject_name(leaf->certificate.get())), 0);
}

TEST(Authority, LeafTimesAreBackdatedAndBounded) {
  const Authority authority = in_memory();
  const SystemTime today = std::chrono::floor<std::chrono::seconds>(now());
  const auto day = authority.mint("a.googleapis.com", today, 24h);
  EXPECT_EQ(not_before(day->certificate.get()), today - 1h);
  EXPECT_EQ(not_after(day->certificate.get()), today + 24h);
  EXPECT_EQ(day->renew_at, today + 16h);
  const auto longest = authority.mint("a.googleapis.com", today, 24h * 30);
  EXPECT_LE(longest->not_after - (today - 1h), 24h * 7);
  const auto last = authority.mint("a.googleapis.com", today + 24h * 89 + 23h, 24h);
  EXPECT_EQ(last->not_after, authority.not_after());
  EXPECT_FALSE(authority.mint("a.googleapis.com", today + 24h * 91, 24h));
}

TEST(Authority, LeavesHaveTheirOwnKeyAndALongSerial) {
  const Authority authority = in_memory();
  const auto one = authority.mint("a.googleapis.com", now(), 24h);
  const auto two = authority.mint("a.googleapis.com", now(), 24h);
  EXPECT_NE(EVP_PKEY_eq(one->key.get(), two->key.get()), 1);
  const auto* first = X509_get0_serialNumber(one->certificate.get());
  EXPECT_NE(ASN1_INTEGER_cmp(first, X509_get0_serialNumber(two->certificate.get())), 0);
  EXPECT_EQ(ASN1_STRING_length(first), 16);
}

TEST(Authority, MintsNothingOutsideItsConstraints) {
  const Authority authority = in_memory();
  for (const char* host : {"example.com", "evilgoogleapis.com", "googleapis.com.evil.example",
                           "10.0.0.1", "*.googleapis.com", "A.googleapis.com", "", "::1",
                           "a.googleapis.com,DNS:evil.example", "a.googleapis.com."}) {
    const auto leaf = authority.mint(host, now(), 24h);
    ASSERT_FALSE(leaf) << host;
    EXPECT_EQ(leaf.error().reason, Reason::kInternal);
  }
  EXPECT_TRUE(authority.mint("googleapis.com", now(), 24h));
}

// P7: whoever stole the key cannot speak for other names.
TEST(Authority, ForgedLeavesFailVerification) {
  const TempFolder folder;
  const auto authority = Authority::open_or_create(folder.path(), for_google(), now());
  const Issued stolen{share(authority->certificate()),
                      *parse_key(Secret(read(folder / "ca/ca.key")))};
  const auto forge = [&](const std::string& san, const std::string& basic) {
    CertificateSpec spec;
    spec.issuer = &stolen;
    spec.san = san;
    spec.basic = basic;
    const Issued forged = spec.issue();
    const X509StorePtr store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), stolen.certificate.get());
    const X509StoreCtxPtr context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), forged.certificate.get(), nullptr);
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
  };
  EXPECT_EQ(forge("DNS:a.googleapis.com", "CA:FALSE"), X509_V_OK);
  EXPECT_EQ(forge("DNS:sts.amazonaws.com", "CA:FALSE"), X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(forge("DNS:a.googleapis.com,DNS:b.example", "CA:FALSE"),
            X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(forge("IP:10.0.0.1", "CA:FALSE"), X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(forge("IP:::1", "CA:FALSE"), X509_V_ERR_EXCLUDED_VIOLATION);
}

// pathlen:0: the key cannot make an issuer without constraints either.
TEST(Authority, CannotMakeAnotherCa) {
  const TempFolder folder;
  const auto authority = Authority::open_or_create(folder.path(), for_google(), now());
  const Issued stolen{share(authority->certificate()),
                      *parse_key(Secret(read(folder / "ca/ca.key")))};
  CertificateSpec spec;
  spec.issuer = &stolen;
  spec.basic = "critical,CA:TRUE";
  spec.san.clear();
  const Issued below = spec.issue();
  spec = {};
  spec.issuer = &below;
  spec.san = "DNS:a.googleapis.com";
  const Issued leaf = spec.issue();
  STACK_OF(X509)* between = sk_X509_new_null();
  sk_X509_push(between, below.certificate.get());
  EXPECT_NE(verify(leaf.certificate.get(), authority->certificate(), "a.googleapis.com", between),
            X509_V_OK);
  sk_X509_free(between);
}

TEST(Authority, SaysWhatItIs) {
  const Authority authority = in_memory();
  const std::string print = authority.fingerprint();
  EXPECT_EQ(print.size(), 95u);
  EXPECT_EQ(authority.describe(now()),
            print.substr(0, 5) + "…, only for *.googleapis.com, 90 days left");
  EXPECT_EQ(authority.permitted_suffixes(), std::vector<std::string>{"googleapis.com"});
  EXPECT_EQ(authority.origin(), Authority::Origin::kCreated);
  EXPECT_FALSE(contains(authority.certificate_pem(), "PRIVATE"));
}

TEST(Authority, KnowsWhatItCovers) {
  const Authority authority = in_memory();
  const std::vector<std::string> inside{"bigquery.googleapis.com", "googleapis.com"};
  const std::vector<std::string> outside{"googleapis.com", "xgoogleapis.com"};
  EXPECT_TRUE(authority.covers(inside));
  EXPECT_FALSE(authority.covers(outside));
}

TEST(Authority, ReissueInMemoryKeepsTheKey) {
  const Authority before = in_memory();
  const auto after = before.reissue({"googleapis.com", "example.com"}, now());
  ASSERT_TRUE(after);
  EXPECT_EQ(after->origin(), Authority::Origin::kReissued);
  EXPECT_EQ(after->not_after(), before.not_after());
  const auto old_name = after->mint("a.googleapis.com", now(), 24h);
  EXPECT_EQ(verify(old_name->certificate.get(), before.certificate(), ""), X509_V_OK);
  const auto new_name = after->mint("a.example.com", now(), 24h);
  EXPECT_EQ(verify(new_name->certificate.get(), after->certificate(), ""), X509_V_OK);
  EXPECT_NE(verify(new_name->certificate.get(), before.certificate(), ""), X509_V_OK);
}

TEST(AuthorityState, IsTheSameAfterARestart) {
  const TempFolder folder;
  const auto first = Authority::open_or_create(folder / "state", for_google(), now());
  ASSERT_TRUE(first) << first.error().what;
  const auto second = Authority::open_or_create(folder / "state", for_google(), now());
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(first->origin(), Authority::Origin::kCreated);
  EXPECT_EQ(second->origin(), Authority::Origin::kLoaded);
  EXPECT_EQ(first->fingerprint(), second->fingerprint());
  EXPECT_TRUE(second->mint("a.googleapis.com", now(), 24h));
  EXPECT_EQ(mode_of(folder / "state"), 0700u);
  EXPECT_EQ(mode_of(folder / "state/ca"), 0700u);
  EXPECT_EQ(mode_of(folder / "state/ca/ca.key"), 0600u);
}

TEST(AuthorityState, FewerSuffixesKeepIt) {
  const TempFolder folder;
  auto options = for_google();
  options.permitted_suffixes = {"example.com", "googleapis.com"};
  const auto wide = Authority::open_or_create(folder.path(), options, now());
  const auto narrow = Authority::open_or_create(folder.path(), for_google(), now());
  EXPECT_EQ(wide->fingerprint(), narrow->fingerprint());
}

TEST(AuthorityState, MoreSuffixesIssueItAnewWithTheSameKey) {
  const TempFolder folder;
  const auto narrow = Authority::open_or_create(folder.path(), for_google(), now());
  auto options = for_google();
  options.permitted_suffixes = {"example.com", "googleapis.com"};
  options.host_name = "another-container";
  const auto wide = Authority::open_or_create(folder.path(), options, now());
  EXPECT_EQ(wide->origin(), Authority::Origin::kReissued);
  EXPECT_EQ(wide->permitted_suffixes(), options.permitted_suffixes);
  const auto leaf = wide->mint("a.googleapis.com", now(), 24h);
  EXPECT_EQ(verify(leaf->certificate.get(), narrow->certificate(), ""), X509_V_OK);
  const auto again = Authority::open_or_create(folder.path(), options, now());
  EXPECT_EQ(again->fingerprint(), wide->fingerprint());
}

TEST(AuthorityState, NearItsEndAndExpiredGetsANewKey) {
  for (const auto later : {24h * 352, 24h * 400}) {
    const TempFolder folder;
    const auto old = Authority::open_or_create(folder.path(), for_google(), now());
    const auto fresh = Authority::open_or_create(folder.path(), for_google(), now() + later);
    ASSERT_TRUE(fresh);
    EXPECT_EQ(fresh->origin(), Authority::Origin::kReissued);
    EXPECT_EQ(fresh->days_left(now() + later), 365);
    EXPECT_NE(
        EVP_PKEY_eq(X509_get0_pubkey(old->certificate()), X509_get0_pubkey(fresh->certificate())),
        1);
  }
}

TEST(AuthorityState, ShortLivedOnesAreNotRenewedAtEachStart) {
  const TempFolder folder;
  auto options = for_google();
  options.lifetime = 24h * 7;
  const auto first = Authority::open_or_create(folder.path(), options, now());
  const auto second = Authority::open_or_create(folder.path(), options, now() + 24h);
  EXPECT_EQ(first->fingerprint(), second->fingerprint());
}

TEST(AuthorityState, RecoversFromACrashBetweenKeyAndCertificate) {
  const TempFolder folder;
  (void)Authority::open_or_create(folder.path(), for_google(), now());
  write(folder / "ca/ca.key", key_pem(make_key()->get()));
  const auto fresh = Authority::open_or_create(folder.path(), for_google(), now());
  ASSERT_TRUE(fresh) << fresh.error().what;
  EXPECT_EQ(fresh->origin(), Authority::Origin::kReissued);
  std::filesystem::remove(folder / "ca/ca.pem");
  EXPECT_TRUE(Authority::open_or_create(folder.path(), for_google(), now()));
}

TEST(AuthorityState, RefusesAnOpenKeyAndNamesTheMend) {
  const TempFolder folder;
  (void)Authority::open_or_create(folder.path(), for_google(), now());
  ::chmod((folder / "ca/ca.key").c_str(), 0644);
  const auto refused = Authority::open_or_create(folder.path(), for_google(), now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kConfiguration);
  EXPECT_TRUE(contains(refused.error().what, "ca_key_permissions"));
  EXPECT_TRUE(contains(refused.error().what, "chmod 0600 " + folder.path() + "/ca/ca.key"));
}

TEST(AuthorityState, GarbledFilesAreNamed) {
  const TempFolder folder;
  (void)Authority::open_or_create(folder.path(), for_google(), now());
  write(folder / "ca/ca.pem", "garbage");
  const auto refused = Authority::open_or_create(folder.path(), for_google(), now());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(contains(refused.error().what, folder / "ca/ca.pem"));
}

struct Brought {
  TempFolder folder;
  Result<Authority> load(const Issued& ca, AuthorityOptions options = for_google(),
                         const std::string& more = "") {
    write(folder / "ca.pem", to_pem(ca.certificate.get()) + more, 0644);
    write(folder / "ca.key", key_pem(ca.key.get()));
    return Authority::load(folder / "ca.pem", folder / "ca.key", options, now());
  }
};

TEST(AuthorityBrought, ConstrainedOneMintsWithinItsConstraints) {
  Brought brought;
  const Issued ca =
      make_test_ca("critical,permitted;DNS:googleapis.com,excluded;DNS:bad.googleapis.com");
  const auto authority = brought.load(ca);
  ASSERT_TRUE(authority) << authority.error().what;
  EXPECT_EQ(authority->origin(), Authority::Origin::kBrought);
  const auto leaf = authority->mint("a.googleapis.com", now(), 24h);
  EXPECT_TRUE(leaf) << leaf.error().what;
  EXPECT_FALSE(authority->mint("bad.googleapis.com", now(), 24h));
  EXPECT_FALSE(authority->reissue({"googleapis.com"}, now()));
}

TEST(AuthorityBrought, UnconstrainedOneOnlyWhenAllowed) {
  Brought brought;
  const Issued ca = make_test_ca();
  const auto refused = brought.load(ca);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(contains(refused.error().what, "ca.allow_unconstrained"));
  auto options = for_google();
  options.allow_unconstrained = true;
  const auto allowed = brought.load(ca, options);
  ASSERT_TRUE(allowed);
  EXPECT_TRUE(contains(allowed->describe(now()), "for any name"));
  EXPECT_TRUE(allowed->mint("www.example.com", now(), 24h));
}

// Constraints on addresses alone leave every DNS name open.
TEST(AuthorityBrought, AddressConstraintsAloneAreNone) {
  Brought brought;
  EXPECT_FALSE(brought.load(make_test_ca("critical,permitted;IP:10.0.0.0/255.0.0.0")));
}

TEST(AuthorityBrought, IntermediateIsSentAndItsRootExported) {
  Brought brought;
  const Issued root = make_test_ca("critical,permitted;DNS:googleapis.com");
  CertificateSpec spec;
  spec.issuer = &root;
  spec.san.clear();
  spec.basic = "critical,CA:TRUE,pathlen:0";
  const Issued issuer = spec.issue();
  const auto authority = brought.load(issuer, for_google(), to_pem(root.certificate.get()));
  ASSERT_TRUE(authority) << authority.error().what;
  const auto leaf = authority->mint("a.googleapis.com", now(), 24h);
  ASSERT_TRUE(leaf) << leaf.error().what;
  ASSERT_EQ(leaf->chain.size(), 1u);
  EXPECT_EQ(X509_cmp(leaf->chain[0].get(), issuer.certificate.get()), 0);
  EXPECT_TRUE(contains(authority->certificate_pem(), to_pem(root.certificate.get())));
}

TEST(AuthorityBrought, RefusalsSayWhy) {
  const auto why = [](CertificateSpec spec, const char* constraints) {
    Brought brought;
    spec.san.clear();
    spec.name_constraints = constraints;
    const auto result = brought.load(spec.issue());
    return result ? std::string("accepted") : result.error().what;
  };
  constexpr char kGood[] = "critical,permitted;DNS:googleapis.com";
  CertificateSpec ca;
  ca.basic = "critical,CA:TRUE";
  EXPECT_EQ(why(ca, kGood), "accepted");
  EXPECT_TRUE(contains(why(ca, "critical,permitted;DNS:example.com"), "does not permit"));
  EXPECT_TRUE(contains(why(CertificateSpec(), kGood), "not the certificate of a CA"));
  CertificateSpec old = ca;
  old.until = -1s;
  EXPECT_TRUE(contains(why(old, kGood), "has expired"));
  CertificateSpec early = ca;
  early.from = 1h;
  EXPECT_TRUE(contains(why(early, kGood), "not valid yet"));
  CertificateSpec weak = ca;
  weak.rsa_bits = 1024;
  EXPECT_TRUE(contains(why(weak, kGood), "too weak"));
}

TEST(AuthorityBrought, KeyAndCertificateMustBelongTogether) {
  Brought brought;
  Issued ca = make_test_ca("critical,permitted;DNS:googleapis.com");
  ca.key = *make_key();
  const auto refused = brought.load(ca);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(contains(refused.error().what, "belongs to the key"));
}

TEST(AuthorityBrought, EncryptedKeyIsRefusedWithoutAsking) {
  const TempFolder folder;
  const Issued ca = make_test_ca("critical,permitted;DNS:googleapis.com");
  const BioPtr bio(BIO_new(BIO_s_mem()));
  char phrase[] = "phrase";
  PEM_write_bio_PKCS8PrivateKey(bio.get(), ca.key.get(), EVP_aes_128_cbc(), phrase, 6, nullptr,
                                nullptr);
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &data));
  write(folder / "ca.key", std::string(data, size));
  write(folder / "ca.pem", to_pem(ca.certificate.get()));
  const auto refused = Authority::load(folder / "ca.pem", folder / "ca.key", for_google(), now());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(contains(refused.error().what, "no unencrypted private key"));
}

}  // namespace
}  // namespace wif::tls
