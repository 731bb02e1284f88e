# An overlay port: it builds the checkout that it lies in.
#
#   vcpkg install arrowipc --overlay-ports=packaging/vcpkg
#
# Cargo builds the library, so Rust must be there; the triplet chooses between the static and the shared library.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

find_program(CARGO cargo PATHS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
if(NOT CARGO)
  message(FATAL_ERROR "arrowipc is built by Cargo, which was not found; install Rust: https://rustup.rs")
endif()

if(VCPKG_LIBRARY_LINKAGE STREQUAL "dynamic")
  set(only shared)
else()
  set(only static)
endif()

# install_into FOLDER PROFILE
function(install_into folder profile)
  vcpkg_execute_required_process(
    COMMAND ${CMAKE_COMMAND} -E env CARGO=${CARGO} CARGO_TARGET_DIR=${CURRENT_BUILDTREES_DIR}/cargo
      ${SOURCE_PATH}/packaging/install --prefix ${folder} --only ${only} --profile ${profile}
    WORKING_DIRECTORY ${SOURCE_PATH}
    LOGNAME install-${profile})
endfunction()

install_into("${CURRENT_PACKAGES_DIR}" dist)
if(NOT VCPKG_BUILD_TYPE)
  install_into("${CURRENT_PACKAGES_DIR}/debug" dev)
  file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share"
    "${CURRENT_PACKAGES_DIR}/debug/lib/cmake")
endif()

vcpkg_cmake_config_fixup(PACKAGE_NAME arrowipc CONFIG_PATH lib/cmake/arrowipc)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/licenses")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
