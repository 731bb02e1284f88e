"""Conan recipe of libarrowipc, which lies in the repository and builds its checkout: `conan create packaging/conan`."""

import os
import re

from conan import ConanFile
from conan.tools.files import copy, load

REPOSITORY = os.path.join("..", "..")


class ArrowIpc(ConanFile):
    name = "arrowipc"
    description = "Arrow IPC streams and files behind a stable C ABI"
    license = "Apache-2.0"
    topics = ("arrow", "ipc")
    package_type = "library"
    settings = "os", "arch", "build_type", "compiler"
    options = {"shared": [True, False], "lz4": [True, False], "zstd": [True, False]}
    default_options = {"shared": False, "lz4": True, "zstd": True}

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, REPOSITORY, "include", "arrowipc.h"))
        self.version = re.search(r'#define ARROWIPC_VERSION "(.*?)"', header).group(1)

    def export_sources(self):
        repository = os.path.join(self.recipe_folder, REPOSITORY)
        for pattern in ("Cargo.*", "LICENSE", "include/*", "packaging/*"):
            copy(self, pattern, repository, self.export_sources_folder)
        # Cargo reads the manifests of all members of the workspace.
        for member in ("ffi", "kit", "runner"):
            copy(self, f"{member}/*", repository, self.export_sources_folder)

    def package_id(self):
        # The ABI is that of C: neither compiler nor standard library matter.
        del self.info.settings.compiler

    def package(self):
        only = "shared" if self.options.shared else "static"
        profile = "dev" if self.settings.build_type == "Debug" else "dist"
        features = ",".join(name for name in ("lz4", "zstd") if self.options.get_safe(name))
        self.run(
            f"{self.source_folder}/packaging/install --prefix {self.package_folder} "
            f"--only {only} --profile {profile} --features '{features}'",
            cwd=self.source_folder,
        )

    def package_info(self):
        self.cpp_info.libs = ["arrowipc"]
        self.cpp_info.set_property("cmake_file_name", "arrowipc")
        self.cpp_info.set_property("cmake_target_name", "arrowipc::arrowipc")
        self.cpp_info.set_property("pkg_config_name", "arrowipc")
        if not self.options.shared:
            self.cpp_info.defines = ["ARROWIPC_STATIC"]
            self.cpp_info.system_libs = ["gcc_s", "util", "rt", "pthread", "m", "dl", "c"]
