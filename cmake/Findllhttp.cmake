# llhttp::llhttp, from an installed libllhttp of version 9 or later (Debian 13), else compiled from
# the C files that Debian 12's node-llhttp ships. Those are lax unless LLHTTP_STRICT_MODE is set.
find_path(llhttp_INCLUDE_DIR llhttp.h PATH_SUFFIXES llhttp
          PATHS /usr/include /usr/share/include)
find_library(llhttp_LIBRARY llhttp)
find_path(llhttp_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
if(llhttp_LIBRARY)
  find_package_handle_standard_args(llhttp DEFAULT_MSG llhttp_LIBRARY llhttp_INCLUDE_DIR)
  if(llhttp_FOUND AND NOT TARGET llhttp::llhttp)
    add_library(llhttp::llhttp UNKNOWN IMPORTED)
    set_target_properties(llhttp::llhttp PROPERTIES
      IMPORTED_LOCATION "${llhttp_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${llhttp_INCLUDE_DIR}")
  endif()
else()
  find_package_handle_standard_args(llhttp DEFAULT_MSG llhttp_SOURCE_DIR llhttp_INCLUDE_DIR)
  if(llhttp_FOUND AND NOT TARGET llhttp::llhttp)
    add_library(wif_llhttp STATIC "${llhttp_SOURCE_DIR}/llhttp.c" "${llhttp_SOURCE_DIR}/api.c"
                "${llhttp_SOURCE_DIR}/http.c")
    target_include_directories(wif_llhttp SYSTEM PUBLIC "${llhttp_INCLUDE_DIR}")
    target_compile_definitions(wif_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
    target_compile_options(wif_llhttp PRIVATE -w)
    add_library(llhttp::llhttp ALIAS wif_llhttp)
  endif()
endif()
