// Reads the small XML documents of AWS STS. Not an XML parser: no entities of its own, no CDATA, no
// DOCTYPE (refused, so nothing can be expanded or fetched). Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace wif::auth {

// The text of every element without child elements, by its path of local names
// ("ErrorResponse/Error/Code"); the first of equal paths counts. nullopt when the document is not
// well-formed in the part of XML that is understood.
using XmlTexts = std::map<std::string, std::string, std::less<>>;
std::optional<XmlTexts> read_xml(std::string_view document);

}  // namespace wif::auth
