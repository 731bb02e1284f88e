//! The report as one HTML file: everything is in it, and nothing is loaded from anywhere.
//!
//! What the page shows is in blocks of base64 over deflate (`data.rs`), which no parser of HTML looks into; the scripts put every
//! text that comes from a report on the page as a text node. A content security policy with the hashes of the two inline parts
//! keeps everything else from being executed, styled or fetched.

mod columns;
mod data;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

pub use data::Page;

/// The page around the data. `{style}` and the like are filled in.
const SHELL: &str = include_str!("page.html");

const STYLE: &str = include_str!("style.css");

/// The scripts, in the order of their dependencies: they are one script in the page.
const SCRIPTS: &[&str] = &[
    include_str!("script/data.js"),
    include_str!("script/verdicts.js"),
    include_str!("script/dom.js"),
    include_str!("script/filter.js"),
    include_str!("script/rows.js"),
    include_str!("script/overview.js"),
    include_str!("script/features.js"),
    include_str!("script/cases.js"),
    include_str!("script/bytes.js"),
    include_str!("script/result.js"),
    include_str!("script/main.js"),
];

/// The page with its blocks of data, each a name and what is in it.
fn page(blocks: &[(String, Vec<u8>)]) -> String {
    let script = format!("\"use strict\";\n{}", SCRIPTS.concat());
    let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(Sha256::digest(text.as_bytes())));
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(STYLE)
    );
    let mut data = String::new();
    for (name, bytes) in blocks {
        data.push_str(&format!("<script type=\"application/x-deflate;base64\" id=\"data-{name}\">"));
        BASE64.encode_string(bytes, &mut data);
        data.push_str("</script>\n");
    }
    SHELL
        .replacen("{policy}", &policy, 1)
        .replacen("{style}", STYLE, 1)
        .replacen("{data}", &data, 1)
        .replacen("{script}", &script, 1)
}
