//! Gives the shared library a name of its own (SONAME): a plain `cdylib` has none, and programs would
//! remember the path that they were linked with. The number is the major version; it grows when the ABI
//! breaks.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        let major = std::env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libarrowipc.so.{major}");
    }
}
