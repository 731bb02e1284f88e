//! From a topic's file to its variants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use arrowipc_kit::cdata::Changes;
use arrowipc_kit::value::Document;
use serde_json::Value as Json;

use super::append;
use super::axis::{self, Axis, AxisValue};
use super::bytes::{Base, Recipe};
use super::data;
use super::derive::add_needs;
use super::error::{CaseError, Origin};
use super::feature::Needs;
use super::file::{CaseFile, CaseResult, DataFile, Level, ReadFile, Strength, Through, TopicFile};
use super::frame;
use super::natural::{path_below, to_json};
use super::options::{Access, Format, Phase, Sink, Source, WriteOptions};
use super::place::Path;
use super::registry::{Basis, Registry, suggestion};
use super::tensors;
use super::variant::{Bound, Case, Expected, ExpectedDocument, FactRule, Input, Read, Variant};
use crate::hash::number_of;
use crate::wire::edit::Edit;
use crate::wire::lower::options::RawOptions;

/// Reads `<topic>.yaml` and expands its cases.
pub fn topic(
    topic: &str,
    file: &FilePath,
    shown_as: PathBuf,
    registry: &Registry,
    seed: u64,
) -> Result<Vec<Variant>, CaseError> {
    let origin = Arc::new(Origin::read(file, &shown_as)?);
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
    expansion.check_clauses(&parsed.breaks, &root.to("breaks"))?;
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
    origin: &'a Arc<Origin>,
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
        let through = self.through(case, path)?;
        let shared = Arc::new(Case {
            name: format!("{}/{}", self.topic.topic, case.id),
            topic: self.topic.topic.clone(),
            aliases: case.aliases.clone(),
            why: case.why.trim_end().to_owned(),
            clauses: case.clauses.clone(),
            breaks: self.topic.breaks.iter().chain(&case.breaks).cloned().collect(),
            flags: case.flags.clone(),
            result: case.result,
            strength: case.strength,
            reject: case.reject,
            observe: self.levels(case),
            expect: self.facts(case, &path.to("expect"))?,
            alone: case.alone.clone(),
            large: case.large,
            observation: self.is_observation(case),
            file: self.file.clone(),
            line: self.origin.error(path, "").place.map_or(0, |place| place.line),
        });
        let (data, data_path) = match (&case.data, &self.topic.data) {
            (Some(data), _) => (Some(data), path.to("data")),
            (None, Some(data)) if case.frame.is_none() && case.tensors.is_none() => {
                (Some(data), Path::default().to("data"))
            }
            _ => (None, path.clone()),
        };
        let document = data.map(|data| data::read(data, self.origin, &data_path)).transpose()?;
        let frame = case.frame.as_ref().map(|yaml| frame::read(yaml, self.origin, &path.to("frame"))).transpose()?;
        let frame = frame.map(Arc::new);
        let tensors =
            case.tensors.as_ref().map(|yaml| tensors::read(yaml, self.origin, &path.to("tensors"))).transpose()?;
        let tensors = tensors.map(|written| (Arc::new(written.without_layouts()), Arc::new(written)));
        match &tensors {
            Some((tensors, _)) => tensors::check(case, through, tensors, self.origin, path)?,
            None => self.check_data(case, through, document.is_some(), frame.is_some(), path)?,
        }
        let laid_out = match through {
            Through::Suite => Some(self.laid_out(case, path)?),
            Through::Write | Through::Transcode | Through::Echo => None,
        };
        let changes = self.changes(case, through, path)?;
        let append = append::Written::read(case, through, self.origin, path)?;
        let axes = axis::merge(&self.axes, axis::read(&case.matrix, self.origin, &path.to("matrix"))?);
        let mut built: BTreeMap<(Option<bool>, Option<Vec<usize>>), Shared> = BTreeMap::new();
        let mut recipes: BTreeMap<String, Arc<Recipe>> = BTreeMap::new();
        let mut variants = Vec::new();
        for axis in &axes {
            let checked = match through {
                _ if tensors.is_some() => tensors::check_axis(axis, through),
                Through::Suite => check_axis(axis, case.wire.is_some()),
                Through::Echo if axis.name != "nullable" => {
                    Err(format!("axis '{}' is about bytes, and a case through echo has none", axis.name))
                }
                _ => Ok(()),
            };
            checked.map_err(|message| self.origin.error_at_key(&axis.path, message))?;
        }
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
                None => match (&frame, &tensors) {
                    (Some(frame), _) => (Input::Frame(Arc::clone(frame)), Expected::Frame(Arc::clone(frame))),
                    (None, Some((read, written))) => {
                        (Input::Tensors(Arc::clone(written)), Expected::Tensors(Arc::clone(read)))
                    }
                    (None, None) => (Input::Nothing, Expected::Nothing),
                },
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
            let recipe = laid_out.as_ref().map(|laid_out| {
                let key = serde_json::json!([settings.format, settings.nullable, settings.options]).to_string();
                Arc::clone(
                    recipes
                        .entry(key)
                        .or_insert_with(|| Arc::new(laid_out.recipe(&settings, &input, self.origin, path))),
                )
            });
            let append = match (&append, &input) {
                (Some(append), Input::Document(document)) => {
                    Some(Arc::new(append.of(document, settings.format, self.origin)?))
                }
                _ => None,
            };
            let mut needs = Needs::default();
            for feature in self.topic.requires.iter().chain(&case.requires) {
                needs.named(feature);
            }
            let mut variant = Variant {
                name,
                case: Arc::clone(&shared),
                axes: choice.iter().map(|(axis, index)| (axis.name.clone(), axis.values[*index].0.clone())).collect(),
                input,
                expected,
                through,
                format: settings.format,
                sink: settings.sink.unwrap_or_default(),
                options: settings.options,
                read: settings.read,
                changes: changes.clone(),
                recipe,
                append,
                needs,
            };
            add_needs(&mut variant);
            variants.push(variant);
        }
        Ok(variants)
    }

    /// Who makes the bytes: the suite where it lays them out, else as the case says.
    fn through(&self, case: &CaseFile, path: &Path) -> Result<Through, CaseError> {
        let laid_out = [("raw", case.raw.is_some()), ("edit", case.edit.is_some()), ("wire", case.wire.is_some())];
        let laid_out = laid_out.into_iter().find(|(_, present)| *present);
        match (case.through, laid_out) {
            (Some(Through::Write | Through::Transcode | Through::Echo), Some((key, _))) => {
                let message = format!("the suite lays out the bytes of a case with {key}; leave through out");
                Err(self.origin.error(&path.to("through"), message))
            }
            (_, Some(_)) => Ok(Through::Suite),
            (through, None) => Ok(through.unwrap_or_default()),
        }
    }

    fn check_data(
        &self,
        case: &CaseFile,
        through: Through,
        document: bool,
        frame: bool,
        path: &Path,
    ) -> Result<(), CaseError> {
        let here_and_there = "missing, here and in the topic";
        match through {
            Through::Write | Through::Transcode if document || frame => Ok(()),
            Through::Write | Through::Transcode => {
                Err(self.origin.error(path, format!("data or frame is {here_and_there}")))
            }
            Through::Suite | Through::Echo if document => Ok(()),
            Through::Echo => {
                Err(self.origin.error(path, format!("data are {here_and_there}: echo takes nothing else")))
            }
            Through::Suite if case.wire.is_none() => Err(self
                .origin
                .error(path, format!("data are {here_and_there}: the suite lays out the bytes from them"))),
            Through::Suite if case.result == CaseResult::Invalid => Ok(()),
            Through::Suite => {
                Err(self.origin.error(path, format!("data are {here_and_there}: they are what a reader must see")))
            }
        }
    }

    /// The changes of structures, and what has no place in a case without bytes.
    fn changes(&self, case: &CaseFile, through: Through, path: &Path) -> Result<Option<Arc<Json>>, CaseError> {
        if through != Through::Echo {
            return match &case.cdata {
                Some(_) => {
                    let message = "changed structures go into an implementation as they are; add through: echo";
                    Err(self.origin.error_at_key(&path.to("cdata"), message))
                }
                None => Ok(None),
            };
        }
        let about_bytes = [
            ("write", case.write.sink.is_some()),
            ("read", case.read != ReadFile::default()),
            ("options", case.options != WriteOptions::default()),
            ("frame", case.frame.is_some()),
        ];
        if let Some((key, _)) = about_bytes.into_iter().find(|(_, present)| *present) {
            let message = format!("{key} is about bytes, and a case through echo has none");
            return Err(self.origin.error_at_key(&path.to(key), message));
        }
        let Some(yaml) = &case.cdata else { return Ok(None) };
        let at = path.to("cdata");
        let items = yaml.iter().enumerate().map(|(index, item)| to_json(item, self.origin, &at.to(index)));
        let json = Json::from(items.collect::<Result<Vec<_>, _>>()?);
        let read = Changes::from_json(&json);
        read.map_err(|error| self.origin.error(&path_below(&at, &error.path), data::in_words(&error)))?;
        Ok(Some(Arc::new(json)))
    }

    /// What the case says about its bytes, and what has no place in such a case.
    fn laid_out(&self, case: &CaseFile, path: &Path) -> Result<LaidOutCase, CaseError> {
        let misplaced = |key: &str, message: &str| Err(self.origin.error_at_key(&path.to(key), message));
        if case.write.sink.is_some() {
            return misplaced("write", "the suite lays out the bytes of this case, and has no sink");
        }
        if case.frame.is_some() {
            return misplaced("frame", "the suite lays out the bytes of this case from data, not from a frame");
        }
        if case.wire.is_some() && case.raw.is_some() {
            return misplaced("raw", "raw says how data become bytes; wire writes the bytes down");
        }
        if case.wire.is_some() && case.options != WriteOptions::default() {
            return misplaced("options", "options say how data become bytes; wire writes the bytes down");
        }
        if let Some(rule) = self.facts(case, &path.to("expect"))?.iter().find(|rule| rule.of_producer()) {
            let message = format!("'{}' is told by a producer, and the suite makes the bytes of this case", rule.name);
            return Err(self.origin.error_at_key(&path.to("expect").to(rule.name.as_str()), message));
        }
        let list = |key: &str, items: &Option<Vec<serde_yaml::Value>>| {
            let Some(items) = items else { return Ok(None) };
            if items.is_empty() {
                return Err(self.origin.error(&path.to(key), format!("{key} is empty")));
            }
            let at = path.to(key);
            let items = items.iter().enumerate().map(|(index, item)| to_json(item, self.origin, &at.to(index)));
            items.collect::<Result<Vec<_>, _>>().map(Some)
        };
        let (edit, wire) = (list("edit", &case.edit)?, list("wire", &case.wire)?);
        let edits = edit.as_ref().map_or(Ok(Vec::new()), |edit| Edit::list(&serde_json::json!(edit)));
        Ok(LaidOutCase {
            edits: edits.map_err(|error| self.origin.error(&path.to("edit").below(&error.path), error.message))?,
            raw: wire.is_none().then(|| case.raw.clone().unwrap_or_default()),
            written: Arc::new(serde_json::json!({"wire": wire, "edit": edit})),
        })
    }

    /// Whether the format does not bind implementations here, so that what they do is recorded and not judged.
    fn is_observation(&self, case: &CaseFile) -> bool {
        let derived = |id: &String| self.registry.clauses.get(id).is_some_and(|clause| clause.basis == Basis::Derived);
        case.strength == Strength::May || (!case.clauses.is_empty() && case.clauses.iter().all(derived))
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
        self.check_clauses(&case.clauses, &path.to("clauses"))?;
        self.check_clauses(&case.breaks, &path.to("breaks"))?;
        self.check_names(
            "flag",
            "flags.yaml",
            &case.flags,
            |name| self.registry.flags.contains_key(name),
            self.registry.flags.keys(),
            &path.to("flags"),
        )?;
        self.check_alone(case, path)?;
        match (case.result, &case.reject) {
            (CaseResult::Invalid, Some(_)) if case.append.is_some() => Err(self.origin.error_at_key(
                &path.to("reject"),
                "a writer refuses to append when it is asked to, and nobody reads; leave reject out",
            )),
            (CaseResult::Invalid, None) if case.append.is_some() => Ok(()),
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

    fn check_alone(&self, case: &CaseFile, path: &Path) -> Result<(), CaseError> {
        let Some(why) = &case.alone else { return Ok(()) };
        let message = if case.result != CaseResult::Valid {
            "only a valid case must be read by somebody; leave alone out"
        } else if self.through(case, path)? != Through::Suite {
            "alone is about bytes that the suite lays out; what an adapter fails is in its expect.toml"
        } else if why.trim().is_empty() {
            "alone is empty; say why no implementation reads this"
        } else {
            return Ok(());
        };
        Err(self.origin.error_at_key(&path.to("alone"), message))
    }

    fn check_clauses(&self, clauses: &[String], path: &Path) -> Result<(), CaseError> {
        let known = &self.registry.clauses;
        self.check_names("clause", "clauses.yaml", clauses, |name| known.contains_key(name), known.keys(), path)
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

/// Whether an axis has a place in a case whose bytes the suite lays out.
fn check_axis(axis: &Axis, written: bool) -> Result<(), String> {
    let of_readers = ["format", "source", "access", "validate"].contains(&axis.name.as_str());
    if axis.name == "sink" {
        return Err("the suite lays out the bytes of this case, and has no sink".into());
    }
    if written && !of_readers {
        let name = &axis.name;
        return Err(format!(
            "axis '{name}' changes how data become bytes; a case with wire has format, source, access, validate"
        ));
    }
    Ok(())
}

/// What a case says about the bytes that the suite lays out.
struct LaidOutCase {
    edits: Vec<Edit>,
    /// Absent where the parts are written down.
    raw: Option<RawOptions>,
    written: Arc<serde_json::Value>,
}

impl LaidOutCase {
    fn recipe(&self, settings: &Settings, input: &Input, origin: &Arc<Origin>, path: &Path) -> Recipe {
        let base = match (&self.raw, input) {
            (Some(raw), Input::Document(document)) => {
                Base::Data { document: Arc::clone(document), options: settings.options.clone(), raw: raw.clone() }
            }
            _ => Base::Written,
        };
        let (edits, written) = (self.edits.clone(), Arc::clone(&self.written));
        Recipe::new(base, settings.format, edits, written, Arc::clone(origin), path.clone())
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
        if self.read.access == Access::Random && self.read.order.is_none() {
            return Err("without data nothing says how many batches there are: access random needs read.order");
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
