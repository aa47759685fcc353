# shellcheck shell=bash disable=SC2154
# How programs of each language get their packages and run. Packages live in $cache, never in the
# source tree. A program names them itself: a comment `packages: NAME…` in its first lines.
# Of each language: install_X FILE…, missing_X FILE (prints why it cannot run), command_X FILE.

# field NAME FILE: the text after `NAME:` in the comments that begin the file
field() { sed -n -E "/^(#|\/\/|#!)/!q; s/^(#|\/\/) $1: //p" "$2"; }

fields_of_all() {
  local name=$1 file
  shift
  for file in "$@"; do field "$name" "$file"; done | tr ' ' '\n' | sort -u | sed '/^$/d'
}

# Shell: programs of the system. Nothing is installed.

install_sh() { :; }
missing_sh() {
  local program
  for program in $(field needs "$1"); do
    PATH=$cache/go/bin:$PATH command -v "$program" >/dev/null || printf '%s is not installed' "$program"
  done
}
command_sh() { printf '%s\0' bash "$1"; }

# Python: one environment for all, or one of its own for a program with `environment: NAME`.

environment_of() { local name; name=$(field environment "$1"); printf '%s' "$cache/${name:-python}"; }

install_py() {
  local file environment packages
  for file in "$@"; do
    missing_py "$file" | grep -q . || continue
    environment=$(environment_of "$file")
    [ -d "$environment" ] || python3 -m venv "$environment"
    mapfile -t packages < <(fields_of_all packages "$file")
    "$environment/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
  done
}
missing_py() {
  local environment
  environment=$(environment_of "$1")
  # shellcheck disable=SC2046  # one package a word
  "$environment/bin/python" - $(field packages "$1") 2>/dev/null <<'PYTHON' || printf 'its Python packages are not there; ./dev clients installs them'
import importlib.metadata, re, sys
for package in sys.argv[1:]:
    try:
        importlib.metadata.version(re.split(r"[\[=<>~!]", package)[0])
    except importlib.metadata.PackageNotFoundError:
        print(package, "is not there; ./dev clients installs it")
        break
PYTHON
}
command_py() { printf '%s\0' "$(environment_of "$1")/bin/python" "$1"; }

# Node: one folder of packages. Node itself is one of them: Google's libraries of today ask for a newer
# one than Debian has, and npm would take older libraries in silence.

install_cjs() {
  local packages file wanted=() npm=(npm install --prefix "$cache/node" --silent --no-package-lock --no-audit --no-fund)
  for file in "$@"; do [ -z "$(missing_cjs "$file")" ] || wanted+=("$file"); done
  [ ${#wanted[@]} -gt 0 ] || return 0
  if [ ! -x "$cache/node/node_modules/.bin/node" ]; then
    rm -rf "$cache/node"  # what an older Node was given
    mkdir -p "$cache/node"
    "${npm[@]}" node
  fi
  mapfile -t packages < <(fields_of_all packages "${wanted[@]}")
  PATH=$cache/node/node_modules/.bin:$PATH "${npm[@]}" "${packages[@]}"
}
missing_cjs() {
  local package
  for package in .bin/node $(field packages "$1"); do
    [ -e "$cache/node/node_modules/$package" ] || { printf '%s is not there; ./dev clients installs it' "${package#.bin/}"; return; }
  done
}
command_cjs() {
  local modules=$cache/node/node_modules
  printf '%s\0' env "NODE_PATH=$modules" "$modules/.bin/node" "$1"
}

# Go: programs/go.mod holds the versions; each program is one file and becomes one binary.

binary_of() { printf '%s' "$cache/go/programs/$(basename "$1" .go)"; }

build_go() {
  local file=$1
  shift
  (cd tests/clients/programs && env "$@" go build -trimpath -o "$(binary_of "$file")" "$(basename "$file")")
}
install_go() {
  local file
  command -v go >/dev/null || return 0
  for file in "$@"; do build_go "$file"; done
}
missing_go() {
  command -v go >/dev/null || { printf 'go is not installed'; return; }
  # With nothing to be had from outside this finds only what is cached, in a blink if unchanged.
  build_go "$1" GOPROXY=off >/dev/null 2>&1 || printf 'its Go modules are not cached; ./dev clients fetches them'
}
command_go() { printf '%s\0' "$(binary_of "$1")"; }

# Java: jars by Maven, one folder per program; the JDK compiles the one file itself.

jars_of() { printf '%s' "$cache/java/$(basename "$1" .java)"; }

install_java() {
  local file package
  command -v mvn >/dev/null || return 0
  for file in "$@"; do
    [ -n "$(missing_java "$file")" ] || continue
    mkdir -p "$(jars_of "$file")"
    {
      printf '<project><modelVersion>4.0.0</modelVersion><groupId>clients</groupId>'
      printf '<artifactId>clients</artifactId><version>1</version><dependencies>'
      for package in $(field packages "$file"); do
        IFS=: read -r group artifact version <<<"$package"
        printf '<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>' \
          "$group" "$artifact" "$version"
      done
      printf '</dependencies></project>\n'
    } >"$(jars_of "$file")/pom.xml"
    mvn --quiet --batch-mode -Dstyle.color=never -f "$(jars_of "$file")/pom.xml" dependency:copy-dependencies \
      "-DoutputDirectory=$(jars_of "$file")"
  done
}
missing_java() {
  command -v javac >/dev/null || { printf 'no JDK is installed'; return; }
  ls "$(jars_of "$1")"/*.jar >/dev/null 2>&1 || printf 'its jars are not there; ./dev clients fetches them'
}
command_java() { printf '%s\0' java -cp "$(jars_of "$1")/*" "$1"; }
