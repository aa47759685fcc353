// Steering a running wif-sandbox from outside: JSON over plain HTTP on loopback.
//
//   GET  /                                    addresses and files, as wif-sandbox prints them
//   GET  /arrivals[?service=S]                what reached the stand-ins, oldest first
//   GET  /count?service=S[&prefix=/path]      {"count":N}
//   POST /fail {"service","kind"?,"status"?,"body"?,"headers"?,"count"?,"delay_ms"?,"prefix"?}
//        kind: answer (default) pass_on close reset no_answer; count 0 = until cleared
//   POST /clear                               failures and arrivals
//   POST /role {"role":R|null,"where"?,"account"?}   where: instance task pod (default: all)
//   POST /imds {"mode"?,"assumable"?,"zone"?,"region"?}
//        mode: optional v1_only required disabled hop_limit
//   POST /ksa-token {"namespace","name","audience"?,"life_seconds"?}   {"token":JWT}
//   POST /bind, /unbind {"account","role"|"ksa"|"member"}
//   POST /tokens {"life_seconds"?,"revoke"?}  revoke true: all Google tokens stop working
//   POST /aws-sessions {"expire"?,"forget"?,"rotate"?,"life_seconds"?}
//   POST /clock {"offset_seconds"}
//   POST /certificate {"service","kind"}      kind: good old_tls expired self_signed ...
//   POST /issue {"names"}                     {"certificate":PEM,"key":PEM} signed by the
//        sandbox's CA, for a stand-in that is a program of its own
//   POST /check-token {"authorization"}       {"valid":BOOL,"subject"?} as an API judges that field
//   POST /contains-token  (any bytes)         {"count":N} issued Google tokens found in them
//
// Answers never carry an issued Google token; they say "[token of PRINCIPAL]" instead.
#pragma once

#include "tests/sandbox/cloud.h"
#include "tests/sandbox/http.h"

namespace sandbox {

Handler control_handler(Cloud& cloud);

}  // namespace sandbox
