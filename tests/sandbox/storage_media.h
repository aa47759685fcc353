// Content of objects as it goes out and comes in by plain HTTP, and the errors of the XML API.
#pragma once

#include <string>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/http.h"
#include "tests/sandbox/storage_store.h"

namespace sandbox {

// The object's content, or the part of it that the request's Range asks for (206, or 416).
Response media_response(const Request& request, const ObjectPtr& object);

// The object that the body of a PUT by an XML path is.
StoredObject object_from_body(const std::string& bucket, const std::string& name, Request& request);

// The headers that tell of an object: x-goog-hash, x-goog-generation, ETag and so on.
HeaderList object_headers(const StoredObject& object);

// The XML form of an error, which /bucket/object answers with.
Response xml_error(const ApiError& error);

}  // namespace sandbox
