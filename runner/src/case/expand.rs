//! From a topic's file to its variants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use arrowipc_kit::value::Document;

use super::axis::{self, Axis, AxisValue};
use super::data;
use super::derive::add_needs;
use super::error::{CaseError, Origin};
use super::feature::Needs;
use super::file::{CaseFile, CaseResult, DataFile, Level, TopicFile};
use super::frame;
use super::natural::to_json;
use super::options::{Access, Format, Phase, Sink, Source, WriteOptions};
use super::place::Path;
use super::registry::{Registry, suggestion};
use super::variant::{Bound, Case, Expected, ExpectedDocument, FactRule, Input, Read, Variant};
use crate::hash::number_of;

/// Reads `<topic>.yaml` and expands its cases.
pub fn topic(
    topic: &str,
    file: &FilePath,
    shown_as: PathBuf,
    registry: &Registry,
    seed: u64,
) -> Result<Vec<Variant>, CaseError> {
    let origin = Origin::read(file, &shown_as)?;
    let parsed: TopicFile = origin.parse()?;
    let root = Path::default();
    if parsed.topic != topic {
        let message = format!("topic is '{}' in the file of '{topic}'; they must be equal", parsed.topic);
        return Err(origin.error(&root.to("topic"), message));
    }
    let expansion = Expansion {
        origin: &origin,
        registry,
        axes: axis::read(&parsed.matrix, &origin, &root.to("matrix"))?,
        topic: &parsed,
        file: shown_as,
        seed,
    };
    expansion.check_features(&parsed.requires, &root)?;
    let mut ids = BTreeSet::new();
    let mut variants = Vec::new();
    for (index, case) in parsed.cases.iter().enumerate() {
        let path = root.to("cases").to(index);
        if !ids.insert(&case.id) {
            return Err(origin.error(&path.to("id"), format!("there is another case '{}' in this topic", case.id)));
        }
        variants.extend(expansion.case(case, &path)?);
    }
    Ok(variants)
}

struct Expansion<'a> {
    origin: &'a Origin,
    registry: &'a Registry,
    axes: Vec<Axis>,
    topic: &'a TopicFile,
    file: PathBuf,
    seed: u64,
}

/// Data as they are written and as they are read, shared by the variants that have the same.
type Shared = (Arc<Document>, Arc<ExpectedDocument>);

impl Expansion<'_> {
    fn case(&self, case: &CaseFile, path: &Path) -> Result<Vec<Variant>, CaseError> {
        self.check(case, path)?;
        let shared = Arc::new(Case {
            name: format!("{}/{}", self.topic.topic, case.id),
            topic: self.topic.topic.clone(),
            aliases: case.aliases.clone(),
            why: case.why.trim_end().to_owned(),
            clauses: case.clauses.clone(),
            flags: case.flags.clone(),
            result: case.result,
            strength: case.strength,
            reject: case.reject,
            observe: self.levels(case),
            expect: self.facts(case, &path.to("expect"))?,
            file: self.file.clone(),
            line: self.origin.error(path, "").place.map_or(0, |place| place.line),
        });
        let (data, data_path) = match (&case.data, &self.topic.data) {
            (Some(data), _) => (Some(data), path.to("data")),
            (None, Some(data)) if case.frame.is_none() => (Some(data), Path::default().to("data")),
            _ => (None, path.clone()),
        };
        let document = data.map(|data| data::read(data, self.origin, &data_path)).transpose()?;
        let frame = case.frame.as_ref().map(|yaml| frame::read(yaml, self.origin, &path.to("frame"))).transpose()?;
        let frame = frame.map(Arc::new);
        if document.is_none() && frame.is_none() {
            return Err(self.origin.error(path, "data or frame is missing, here and in the topic"));
        }
        let axes = axis::merge(&self.axes, axis::read(&case.matrix, self.origin, &path.to("matrix"))?);
        let mut built: BTreeMap<(Option<bool>, Option<Vec<usize>>), Shared> = BTreeMap::new();
        let mut variants = Vec::new();
        for choice in axis::choices_of(&axes) {
            let mut settings = Settings::of(case);
            for (axis, index) in &choice {
                let (text, value) = &axis.values[*index];
                settings.set(*value).map_err(|key| {
                    self.origin.error(&axis.path.to(*index), format!("'{text}' is set on the axis and by {key}"))
                })?;
            }
            let words: Vec<&str> = choice.iter().map(|(axis, index)| axis.values[*index].0.as_str()).collect();
            let name =
                if words.is_empty() { shared.name.clone() } else { format!("{}[{}]", shared.name, words.join(",")) };
            let (input, expected) = match &document {
                None => {
                    let frame = frame.clone().unwrap_or_default();
                    (Input::Frame(Arc::clone(&frame)), Expected::Frame(frame))
                }
                Some(document) => {
                    settings.complete_order(document.batch_count(), self.seed ^ number_of(&name));
                    let key = (settings.nullable, settings.read.order.clone());
                    let (written, read) = match built.get(&key) {
                        Some(pair) => pair.clone(),
                        None => {
                            let pair = self
                                .build(document, data, &settings)
                                .map_err(|message| self.origin.error(path, message))?;
                            built.insert(key, pair.clone());
                            pair
                        }
                    };
                    let expected = frame.clone().map_or(Expected::Document(read), Expected::Frame);
                    (Input::Document(written), expected)
                }
            };
            settings.check().map_err(|message| self.origin.error(path, format!("{name}: {message}")))?;
            let mut needs = Needs::default();
            for feature in self.topic.requires.iter().chain(&case.requires) {
                needs.named(feature);
            }
            let mut variant = Variant {
                name,
                case: Arc::clone(&shared),
                input,
                expected,
                through: case.through,
                format: settings.format,
                sink: settings.sink.unwrap_or_default(),
                options: settings.options,
                read: settings.read,
                needs,
            };
            add_needs(&mut variant);
            variants.push(variant);
        }
        Ok(variants)
    }

    fn build(&self, document: &Document, data: Option<&DataFile>, settings: &Settings) -> Result<Shared, String> {
        let written = match settings.nullable {
            Some(nullable) => data::with_nullable(document, nullable)?,
            None => document.clone(),
        };
        let read = data::select(&written, settings.read.projection.as_deref(), settings.read.order.as_deref())?;
        let stated = data.and_then(|data| data.digest.clone());
        Ok((Arc::new(written), Arc::new(ExpectedDocument::new(read, stated))))
    }

    fn levels(&self, case: &CaseFile) -> BTreeSet<Level> {
        let named = case.observe.as_ref().or(self.topic.observe.as_ref());
        named.map_or_else(|| BTreeSet::from([Level::Logical, Level::Schema]), |levels| levels.iter().copied().collect())
    }

    fn facts(&self, case: &CaseFile, path: &Path) -> Result<Vec<FactRule>, CaseError> {
        let rules = case.expect.iter().map(|(name, yaml)| {
            let name = name.as_str().unwrap_or_default();
            let path = path.to(name);
            let feature = format!("fact.{name}");
            if !self.registry.features.contains_key(&feature) {
                return Err(self
                    .origin
                    .error_at_key(&path, format!("no fact is called '{name}': features.yaml lacks '{feature}'")));
            }
            let json = to_json(yaml, self.origin, &path)?;
            let bound = match json.as_object().map(|object| object.iter().collect::<Vec<_>>()).as_deref() {
                None => Bound::Equals(json),
                Some([(word, number)]) if number.is_number() && ["at_most", "at_least"].contains(&word.as_str()) => {
                    let number = number.as_f64().unwrap_or_default();
                    if *word == "at_most" { Bound::AtMost(number) } else { Bound::AtLeast(number) }
                }
                Some(_) => return Err(self.origin.error(&path, "a value, {at_most: n} or {at_least: n} is expected")),
            };
            Ok(FactRule { name: name.to_owned(), bound })
        });
        rules.collect()
    }

    fn check(&self, case: &CaseFile, path: &Path) -> Result<(), CaseError> {
        let slug = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !slug(&case.id) {
            return Err(self.origin.error(&path.to("id"), format!("'{}' is not a slug: a-z, 0-9 and -", case.id)));
        }
        self.check_features(&case.requires, path)?;
        self.check_names(
            "clause",
            "clauses.yaml",
            &case.clauses,
            |name| self.registry.clauses.contains_key(name),
            self.registry.clauses.keys(),
            &path.to("clauses"),
        )?;
        self.check_names(
            "flag",
            "flags.yaml",
            &case.flags,
            |name| self.registry.flags.contains_key(name),
            self.registry.flags.keys(),
            &path.to("flags"),
        )?;
        match (case.result, &case.reject) {
            (CaseResult::Invalid, None) => Err(self
                .origin
                .error(path, "an invalid case says by when it must be rejected: reject: {latest: PHASE}")),
            (CaseResult::Invalid, Some(reject)) if reject.latest == Phase::Write => Err(self
                .origin
                .error(&path.to("reject"), "a reader rejects in open, schema, dictionary, batch, validate or finish")),
            (CaseResult::Invalid, Some(_)) => Ok(()),
            (_, Some(_)) => Err(self.origin.error_at_key(&path.to("reject"), "only an invalid case is to be rejected")),
            (_, None) if !case.flags.is_empty() => Err(self
                .origin
                .error_at_key(&path.to("flags"), "flags are kinds of fault; only an invalid case has one")),
            _ => Ok(()),
        }
    }

    fn check_features(&self, features: &[String], path: &Path) -> Result<(), CaseError> {
        let known = |name: &str| {
            let bare = name.strip_suffix(":r").or(name.strip_suffix(":w")).unwrap_or(name);
            self.registry.features.contains_key(bare)
        };
        self.check_names(
            "feature",
            "features.yaml",
            features,
            known,
            self.registry.features.keys(),
            &path.to("requires"),
        )
    }

    fn check_names<'a>(
        &self,
        kind: &str,
        list: &str,
        names: &[String],
        known: impl Fn(&str) -> bool,
        all: impl Iterator<Item = &'a String>,
        path: &Path,
    ) -> Result<(), CaseError> {
        match names.iter().position(|name| !known(name)) {
            Some(index) => {
                let name = &names[index];
                let hint = suggestion(name, all.map(String::as_str));
                Err(self.origin.error(&path.to(index), format!("no {kind} '{name}' in {list}{hint}")))
            }
            None => Ok(()),
        }
    }
}

/// What options, read, write and axes set.
struct Settings {
    format: Format,
    nullable: Option<bool>,
    sink: Option<Sink>,
    source: Option<Source>,
    access: Option<Access>,
    options: WriteOptions,
    read: Read,
}

impl Settings {
    fn of(case: &CaseFile) -> Self {
        Self {
            format: Format::default(),
            nullable: None,
            sink: case.write.sink,
            source: case.read.source,
            access: case.read.access,
            options: case.options.clone(),
            read: Read {
                source: case.read.source.unwrap_or_default(),
                access: case.read.access.unwrap_or_default(),
                validate: case.read.validate,
                projection: case.read.projection.clone(),
                order: case.read.order.clone(),
            },
        }
    }

    /// Takes an axis value; the error names the key that sets the same.
    fn set(&mut self, value: AxisValue) -> Result<(), &'static str> {
        fn once<T>(slot: &mut Option<T>, value: T, key: &'static str) -> Result<(), &'static str> {
            if slot.is_some() {
                return Err(key);
            }
            *slot = Some(value);
            Ok(())
        }
        match value {
            AxisValue::Format(format) => {
                self.format = format;
                Ok(())
            }
            AxisValue::Nullable(nullable) => once(&mut self.nullable, nullable, "nullable"),
            AxisValue::Compression(codec) => once(&mut self.options.compression, codec, "options.compression"),
            AxisValue::Dictionaries(mode) => once(&mut self.options.dictionaries, mode, "options.dictionaries"),
            AxisValue::MetadataVersion(version) => {
                once(&mut self.options.metadata_version, version, "options.metadata_version")
            }
            AxisValue::Alignment(bytes) => once(&mut self.options.alignment, bytes, "options.alignment"),
            AxisValue::Validate(validate) => once(&mut self.read.validate, validate, "read.validate"),
            AxisValue::Sink(sink) => once(&mut self.sink, sink, "write.sink"),
            AxisValue::Source(source) => {
                once(&mut self.source, source, "read.source")?;
                self.read.source = source;
                Ok(())
            }
            AxisValue::Access(access) => {
                once(&mut self.access, access, "read.access")?;
                self.read.access = access;
                Ok(())
            }
        }
    }

    /// Random access without a stated order goes through all batches in an order drawn from the seed.
    fn complete_order(&mut self, batches: usize, seed: u64) {
        if self.read.access == Access::Random && self.read.order.is_none() {
            let mut order: Vec<usize> = (0..batches).collect();
            order.sort_by_key(|index| number_of(&format!("{seed} {index}")));
            self.read.order = Some(order);
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.read.access == Access::Random && self.format != Format::File {
            return Err("access random needs format file, which has a footer");
        }
        if self.read.order.is_some() && self.read.access != Access::Random {
            return Err("an order of batches needs access random");
        }
        if self.options.footer_metadata.is_some() && self.format != Format::File {
            return Err("footer_metadata needs format file");
        }
        if self.options.metadata_version.is_some_and(|version| ![4, 5].contains(&version)) {
            return Err("metadata_version is 4 or 5");
        }
        if self.options.alignment.is_some_and(|bytes| ![8, 16, 32, 64].contains(&bytes)) {
            return Err("alignment is 8, 16, 32 or 64");
        }
        Ok(())
    }
}
