#include "report.h"

#include <dlfcn.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <thread>

#include "arrowipc.h"
#include "variants.h"

namespace bench {

namespace {

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ') {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// The value of a line "key : value" of a file in /proc.
std::string FromProc(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const size_t at = line.find_first_not_of(" \t", line.find(':') + 1);
    return at == std::string::npos ? "" : line.substr(at);
  }
  return "unknown";
}

// Size of libarrowipc's file, as it is loaded here.
uintmax_t LibraryBytes() {
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(&arrowipc_version), &info) == 0) return 0;
  return std::filesystem::file_size(info.dli_fname);
}

template <typename Get>
void WriteSamples(std::ostream& out, const char* name, const std::vector<Sample>& samples, Get get) {
  out << Quoted(name) << ":[";
  for (size_t i = 0; i < samples.size(); i++) out << (i == 0 ? "" : ",") << get(samples[i]);
  out << "]";
}

const char* NameOf(Role role) {
  return role == Role::kOwn ? "own" : role == Role::kPeer ? "peer" : "limit";
}

int64_t Median(const Measured& measured, int64_t Sample::*member) {
  std::vector<int64_t> all;
  for (const Sample& sample : measured.samples) all.push_back(sample.*member);
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

}  // namespace

void WriteHeader(std::ostream& out, bool quick, int rounds) {
  utsname system;
  uname(&system);
  out << "{\"processor\":" << Quoted(FromProc("/proc/cpuinfo", "model name"))
      << ",\"cores\":" << std::thread::hardware_concurrency() << ",\"memory\":" << Quoted(FromProc("/proc/meminfo", "MemTotal"))
      << ",\"system\":" << Quoted(std::string(system.sysname) + " " + system.release) << ",\"compiler\":" << Quoted(__VERSION__)
      << ",\"quick\":" << (quick ? "true" : "false") << ",\"rounds\":" << rounds << ",\"versions\":{";
  const char* separator = "";
  for (const bench_peer* peer : AllPeers()) {
    out << separator << Quoted(peer->name) << ":" << Quoted(peer->version);
    separator = ",";
  }
  out << "},\"library_bytes\":" << LibraryBytes() << "}" << std::endl;
}

void WriteWorkload(std::ostream& out, const Workload& workload, const std::vector<Measured>& measured) {
  out << "{\"workload\":" << Quoted(workload.id) << ",\"title\":" << Quoted(workload.title)
      << ",\"unit\":" << Quoted(workload.unit) << ",\"units\":" << workload.units << ",\"bytes\":" << workload.bytes
      << ",\"by_wall\":" << (workload.by_wall ? "true" : "false")
      << ",\"variants\":[";
  const char* separator = "";
  for (const Measured& one : measured) {
    const Variant& variant = *one.variant;
    out << separator << "{\"name\":" << Quoted(variant.name) << ",\"detail\":" << Quoted(variant.detail)
        << ",\"role\":" << Quoted(NameOf(variant.role)) << ",\"checks\":" << variant.checks << ",";
    if (!one.unsupported.empty()) out << "\"unsupported\":" << Quoted(one.unsupported) << ",";
    if (one.copied >= 0) out << "\"copied\":" << one.copied << ",";
    WriteSamples(out, "wall_ns", one.samples, [](const Sample& sample) { return sample.wall_ns; });
    out << ",";
    WriteSamples(out, "cpu_ns", one.samples, [](const Sample& sample) { return sample.cpu_ns; });
    out << "}";
    separator = ",";
  }
  out << "]}" << std::endl;
}

void Print(std::ostream& out, const Workload& workload, const std::vector<Measured>& measured) {
  out << "\n" << workload.id << ": " << workload.title << "\n";
  for (const Measured& one : measured) {
    char line[160];
    const std::string name = one.variant->name + (one.variant->detail.empty() ? "" : ", " + one.variant->detail);
    if (one.samples.empty()) {
      std::snprintf(line, sizeof line, "  %-30s not there: %.80s\n", name.c_str(), one.unsupported.c_str());
    } else {
      const double wall = static_cast<double>(Median(one, &Sample::wall_ns));
      const double cpu = static_cast<double>(Median(one, &Sample::cpu_ns));
      std::snprintf(line, sizeof line, "  %-30s %10.3f ms wall %10.3f ms CPU %12.0f ns a %s\n", name.c_str(), wall / 1e6,
                    cpu / 1e6, (workload.by_wall ? wall : cpu) / static_cast<double>(workload.units), workload.unit.c_str());
    }
    out << line;
  }
  out << std::flush;
}

}  // namespace bench
