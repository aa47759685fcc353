// BigQuery's REST API (v2) on SQLite: queries compute, loads load. SQL is translated modestly
// (sql_translate.h); what is not there is refused by name.
//
// There: projects.list and getServiceAccount, datasets and tables (list, get, insert, patch,
// delete), tabledata (list, insertAll), jobs (query, load of CSV and JSON lines by upload; get,
// list, cancel, delete, getQueryResults), jobs.query, the discovery document.
// Not there: legacy SQL beyond queries without FROM, nested and repeated columns, NUMERIC, BYTES,
// DATETIME, TIME, JSON, views, models, routines, loads from Cloud Storage, extracts and copies.
#pragma once

#include "tests/sandbox/http.h"

namespace sandbox {

// A new BigQuery with foo-project:hoge_dataset.fuga_table. Any thread may call the handler.
Handler bigquery_handler();

}  // namespace sandbox
