//! Data too large to write down.

use std::time::Instant;

use arrowipc_kit::cdata::{Builder, build_stream, observe_stream, read_batch};
use arrowipc_kit::value::{Canonical, Document};
use serde_json::{Value as Json, json};

fn generate(data_type: &str, batches: usize, rows: usize, rule: Json) -> Document {
    let text = json!({
        "schema": {
            "fields": [{"name": "i", "type": data_type, "nullable": true, "metadata": [], "children": []}],
            "metadata": [],
        },
        "generate": {"batches": batches, "rows": rows, "columns": [rule]},
    });
    Document::from_json(text.to_string().as_bytes()).unwrap()
}

/// The digest was computed by another program from the words of `docs/canonical-values.md`.
const TEN_MILLION: &str = "sha256:292cee53d0f71d85b3780e0ca0a1a9d3193154a066af20bbc8023719b2842136";

#[test]
fn ten_million_rows_in_a_thousand_batches_take_seconds_and_the_memory_of_one() {
    let document = generate("int32", 1000, 10_000, json!({"algo": "sequence", "start": 0, "step": 1}));
    let start = Instant::now();
    let stream = build_stream(&document).unwrap();
    // SAFETY: the stream is the kit's own.
    let summary = unsafe { observe_stream(stream, None) }.unwrap();
    let observed = start.elapsed();
    assert_eq!(summary.digest.to_string(), TEN_MILLION);
    assert_eq!((summary.batches, summary.rows), (1000, 10_000_000));
    let start = Instant::now();
    assert_eq!(document.digest(), summary.digest);
    println!("built and observed in {observed:?}, digested in {:?}", start.elapsed());
    // The values alone, all held at once, would take 320 MB.
    #[cfg(target_os = "linux")]
    assert!(peak_memory() < 160 << 20, "{} bytes at the peak", peak_memory());
}

/// The most memory the process had, tests beside this one included.
#[cfg(target_os = "linux")]
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn random_values_are_these() {
    let first = |data_type: &str, seed: u64, nulls: f64| {
        let document = generate(data_type, 2, 2, json!({"algo": "random", "seed": seed, "nulls": nulls}));
        let columns: Vec<String> = document.batches().map(|batch| batch.columns[0].canonical()).collect();
        columns.join(" ")
    };
    // Computed by another program from the words of `docs/canonical-values.md`.
    let table = [
        ("int8", 7, 0.5, r#"[null,"-53"] [null,null]"#),
        ("uint16", 7, 0.0, r#"["3543","26140"] ["10754","10699"]"#),
        ("float32", 1, 0.0, r#"["89025cc1","658eec67"] ["fb32555e","ee42c90b"]"#),
        ("bool", 7, 0.0, "[true,false] [false,true]"),
        ("utf8", 7, 0.5, r#"[null,"vnurcvitvnu"] [null,null]"#),
        ("binary", 7, 0.0, r#"["","7769656f7a6369"] ["776970696d716d7777697069","766e757263766974766e75"]"#),
        (
            "decimal128(38, 0)",
            7,
            0.0,
            r#"["7191089600892374487","309689372594955804"] ["-1830642326893942270","-7693578145408079413"]"#,
        ),
        (
            "decimal256(76, 0)",
            7,
            0.0,
            r#"["7191089600892374487","309689372594955804"] ["-1830642326893942270","-7693578145408079413"]"#,
        ),
        (
            "interval_day_time",
            7,
            0.0,
            concat!(
                r#"[["1496452567","1674306020"],["-197368292","72105175"]] "#,
                r#"[["-1162794494","-426229632"],["1732127179","-1791300752"]]"#
            ),
        ),
    ];
    for (data_type, seed, nulls, values) in table {
        assert_eq!(first(data_type, seed, nulls), values, "{data_type}");
    }
}

#[test]
fn every_random_type_is_built_as_it_is_generated() {
    let types = [
        "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64",
        "date32 date64 time32[s] time64[ns] timestamp[ms] duration[us] interval_year_month interval_day_time",
        "binary large_binary binary_view utf8 large_utf8 utf8_view",
    ];
    let decimals = ["decimal32(9, 0)", "decimal64(18, 0)", "decimal128(38, 0)", "decimal256(76, 0)"];
    for data_type in types.iter().flat_map(|types| types.split(' ')).chain(decimals) {
        let document = generate(data_type, 3, 50, json!({"algo": "random", "seed": 42, "nulls": 0.25}));
        let builder = Builder::new(&document).unwrap();
        for index in [2, 0, 1] {
            let array = builder.batch(index).unwrap();
            // SAFETY: the array is the kit's own, of this schema.
            let batch = unsafe { read_batch(&document.schema, &array) }.unwrap();
            assert_eq!(Some(&batch), document.batch(index).as_deref(), "{data_type}");
        }
        let nulls = document
            .batches()
            .flat_map(|batch| batch.columns[0].values.clone())
            .filter(|value| value.is_null())
            .count();
        assert!((15..70).contains(&nulls), "{nulls} nulls of 150 {data_type}");
    }
}
