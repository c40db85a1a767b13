//! `cargo xtask zones`: makes `src/core/time/zones.bin` from the IANA data in PyPI's `tzdata` package.
//!
//! The packed file, of which `src/core/time/table.rs` is the reader:
//!
//! ```text
//! file    "CESZ", form (byte), CRC-32 of the rest (4 bytes, little endian), contents
//! contents text version; list of steps; list of rules; bodies; text of names, one a line, in the order of lower-case
//!         forms; for each name a number: 0 if its body is the next one that no name before had, or else how many
//!         bodies before that one it stands
//! list    number of items, items
//! text    number of bytes, bytes
//! step    number wall-clock second of the day before the transition, signed change of the offset in seconds
//! rule    signed standard offset, signed daylight offset, date of the change to daylight saving time, date of the change back
//! date    byte 0 and bytes month, week, weekday | byte 1, number n (Jn) | byte 2, number n; then signed seconds of the day
//! bodies  number of bodies; for each body a byte, its rule plus 1 or 0 for none; for each a signed, its first offset; for
//!         each a number, its transitions; then for each transition of each body, three columns: a byte, its step; the
//!         low and the high byte of the wall-clock days since the transition before, or since 1970-01-01
//! number  seven bits a byte, the lowest first, the top bit set on all but the last
//! signed  0, -1, 1, -2, 2 … as the numbers 0, 1, 2, 3, 4 …
//! ```
//!
//! Columns, because what is alike then stands together and compresses well.
//!
//! Transitions before 1970 are left out, and those at the end that the rule makes as well.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release of PyPI's `tzdata` that is packed; 2026.6 carries IANA 2026f.
const TZDATA_RELEASE: &str = "2026.6";

const PACKED_FILE: &str = "src/core/time/zones.bin";
const FORM: u8 = 1;
const SECONDS_PER_DAY: i64 = 86_400;

/// Makes the packed zone table, or with `--check` tells whether the committed one is what would be made.
///
/// # Errors
///
/// When the package cannot be fetched or read, or the check fails.
pub(crate) fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let check = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        _ => return Err("usage: cargo xtask zones [--check]".into()),
    };
    let temporary = TemporaryDir::new()?;
    let package = fetch_package(&temporary.0)?;
    let Package { version, zones } = Package::read(&package)?;
    let packed = pack(&version, &zones)?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PACKED_FILE);
    if !check {
        fs::write(&path, &packed)?;
        println!("{PACKED_FILE}: IANA {version}, {} names, {} bytes", zones.len(), packed.len());
    } else if fs::read(&path)? == packed {
        println!(
            "{PACKED_FILE} is up to date: IANA {version}, {} names, {} bytes",
            zones.len(),
            packed.len()
        );
    } else {
        return Err(format!(
            "{PACKED_FILE} is not what tzdata {TZDATA_RELEASE} gives; run: cargo xtask zones"
        )
        .into());
    }
    Ok(())
}

/// A directory that is removed again.
struct TemporaryDir(PathBuf);

impl TemporaryDir {
    fn new() -> Result<Self, Box<dyn Error>> {
        let path = std::env::temp_dir().join(format!("client-event-scheduler-zones-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        // A directory left behind is worth no failure.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Downloads and unpacks the package and returns its `tzdata` folder.
fn fetch_package(into: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let requirement = format!("tzdata=={TZDATA_RELEASE}");
    python(into, &["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", &requirement])?;
    let wheel = fs::read_dir(into)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| name.ends_with(".whl"))
        .ok_or("pip downloaded no wheel")?;
    python(into, &["-m", "zipfile", "--extract", &wheel, "."])?;
    Ok(into.join("tzdata"))
}

fn python(directory: &Path, args: &[&str]) -> Result<(), Box<dyn Error>> {
    let status = Command::new("python3").args(args).current_dir(directory).status()?;
    if status.success() { Ok(()) } else { Err(format!("python3 {} failed: {status}", args.join(" ")).into()) }
}

/// What the package says.
struct Package {
    /// The IANA version, for example `2026f`.
    version: String,
    /// Every name and link, in the order of lower-case forms.
    zones: Vec<(String, Zone)>,
}

impl Package {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let about = fs::read_to_string(folder.join("__init__.py"))?;
        let version = about
            .lines()
            .find_map(|line| line.strip_prefix("IANA_VERSION = \"")?.strip_suffix('"'))
            .ok_or("the package does not tell its IANA version")?;
        let list = fs::read_to_string(folder.join("zones"))?;
        let mut names: Vec<&str> = list.lines().collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        let mut zones = Vec::with_capacity(names.len());
        for name in names {
            let file = fs::read(folder.join("zoneinfo").join(name))?;
            let zone = Zone::from_tzif(&file).map_err(|problem| format!("{name}: {problem}"))?;
            zones.push((name.to_owned(), zone));
        }
        Ok(Self { version: version.to_owned(), zones })
    }
}

/// What is kept of a zone: bodies that are equal are packed once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Zone {
    first_offset: i32,
    transitions: Vec<Transition>,
    rule: Option<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Transition {
    at: i64,
    offset: i32,
}

impl Zone {
    /// Reads the 64-bit part of a TZif file and its footer (RFC 8536 §3).
    fn from_tzif(file: &[u8]) -> Result<Self, Box<dyn Error>> {
        let (_, second) = TzifPart::read(file, 4)?;
        let (TzifPart { mut first_offset, transitions: all }, footer) = TzifPart::read(second, 8)?;
        let footer = str::from_utf8(footer)?.trim_matches('\n');
        let (last_offset, rule) =
            parse_footer(footer).ok_or_else(|| format!("cannot read the footer {footer}"))?;

        let mut transitions: Vec<Transition> = Vec::new();
        let end = all.last().map_or(0, |last| last.at);
        for transition in all {
            let current = transitions.last().map_or(first_offset, |last| last.offset);
            match transition {
                Transition { at, offset } if at <= 0 => first_offset = offset,
                // One that changes nothing else can still be the one from which the rule goes on.
                Transition { at, offset } if offset == current && (at != end || rule.is_none()) => {}
                _ => transitions.push(transition),
            }
        }
        if let Some(rule) = &rule {
            rule.drop_what_it_makes(&mut transitions)?;
        } else if transitions.last().map_or(first_offset, |last| last.offset) != last_offset {
            return Err("the footer contradicts the last transition".into());
        }
        Ok(Self { first_offset, transitions, rule })
    }
}

/// One of the two data blocks of a TZif file.
struct TzifPart {
    first_offset: i32,
    transitions: Vec<Transition>,
}

impl TzifPart {
    /// Reads a block with its header and returns it and what follows; `time_size` is the size of its instants.
    fn read(file: &[u8], time_size: usize) -> Result<(Self, &[u8]), Box<dyn Error>> {
        let (header, data) = file.split_at_checked(44).ok_or("the file is too short")?;
        if !header.starts_with(b"TZif") || header[4] < b'2' {
            return Err("not a TZif file of version 2 or later".into());
        }
        let counts: Vec<usize> = header[20..].chunks(4).map(|bytes| integer(bytes) as usize).collect();
        let [is_ut, is_standard, leap, times, types, letters] = counts[..] else {
            return Err("no counts".into());
        };
        let mut rest = data;
        let mut take = |len: usize| -> Result<&[u8], Box<dyn Error>> {
            let (taken, left) = rest.split_at_checked(len).ok_or("the file is too short")?;
            rest = left;
            Ok(taken)
        };
        let instants = take(times * time_size)?;
        let indices = take(times)?;
        let offsets: Vec<i32> =
            take(types * 6)?.chunks(6).map(|record| integer(&record[..4]) as i32).collect();
        take(letters + leap * (time_size + 4) + is_standard + is_ut)?;
        let transitions = instants
            .chunks(time_size)
            .zip(indices)
            .map(|(at, &index)| Transition { at: integer(at), offset: offsets[usize::from(index)] })
            .collect();
        Ok((Self { first_offset: offsets[0], transitions }, rest))
    }
}

/// A signed integer of any size, the highest byte first.
fn integer(bytes: &[u8]) -> i64 {
    bytes.iter().fold(if bytes[0] < 0x80 { 0 } else { -1 }, |value, &byte| value << 8 | i64::from(byte))
}

/// The part of a POSIX `TZ` text that repeats every year.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    standard: i32,
    daylight: i32,
    to_daylight: RuleDate,
    to_standard: RuleDate,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RuleDate {
    day: RuleDay,
    seconds: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum RuleDay {
    Weekday { month: u8, week: u8, weekday: u8 },
    WithoutLeapDay(u32),
    WithLeapDay(u32),
}

/// Reads a footer, such as `IST-1GMT0,M10.5.0,M3.5.0/1`, into its standard offset and its rule, if it has one.
fn parse_footer(footer: &str) -> Option<(i32, Option<Rule>)> {
    let (standard, rest) = parse_offset(skip_abbreviation(footer)?)?;
    if rest.is_empty() {
        return Some((-standard, None));
    }
    let rest = skip_abbreviation(rest)?;
    let (daylight, rest) = if rest.starts_with(',') { (standard - 3600, rest) } else { parse_offset(rest)? };
    let (on, off) = rest.strip_prefix(',')?.split_once(',')?;
    let rule = Rule {
        standard: -standard,
        daylight: -daylight,
        to_daylight: RuleDate::parse(on)?,
        to_standard: RuleDate::parse(off)?,
    };
    Some((-standard, Some(rule)))
}

fn skip_abbreviation(text: &str) -> Option<&str> {
    match text.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>').map(|(_, rest)| rest),
        None => text.find(|letter: char| !letter.is_ascii_alphabetic()).map(|end| &text[end..]),
    }
}

/// Reads `[+-]hh[:mm[:ss]]` in seconds, and returns what follows.
fn parse_offset(text: &str) -> Option<(i32, &str)> {
    let end = text.find(|letter: char| !matches!(letter, '+' | '-' | ':' | '0'..='9')).unwrap_or(text.len());
    let end = text[..end].find(',').unwrap_or(end);
    let (sign, digits) = match text[..end].strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text[..end].trim_start_matches('+')),
    };
    let mut seconds = 0;
    for (part, unit) in digits.split(':').zip([3600, 60, 1]) {
        seconds += part.parse::<i32>().ok()? * unit;
    }
    Some((sign * seconds, &text[end..]))
}

impl RuleDate {
    /// Reads `date[/time]`; the time is 02:00 unless given.
    fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.split_once('/').unwrap_or((text, "2"));
        let (seconds, "") = parse_offset(time)? else { return None };
        let day = if let Some(date) = day.strip_prefix('M') {
            let numbers: Vec<u8> =
                date.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
            let [month, week, weekday] = numbers[..] else { return None };
            RuleDay::Weekday { month, week, weekday }
        } else if let Some(number) = day.strip_prefix('J') {
            RuleDay::WithoutLeapDay(number.parse().ok()?)
        } else {
            RuleDay::WithLeapDay(day.parse().ok()?)
        };
        Some(Self { day, seconds })
    }

    /// The seconds from 1970-01-01T00:00 on the wall clock before the change.
    fn wall_second(&self, year: i64) -> i64 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let new_year = (year - 1970) * 365 + (year - 1969).div_euclid(4) - (year - 1901).div_euclid(100)
            + (year - 1601).div_euclid(400);
        let day = new_year
            + match self.day {
                RuleDay::Weekday { month, week, weekday } => {
                    let months = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
                    let month = usize::from(month) - 1;
                    let first: i64 = months[..month].iter().sum();
                    let to_weekday = (i64::from(weekday) - (new_year + first + 4)).rem_euclid(7);
                    let wanted = to_weekday + 7 * (i64::from(week) - 1);
                    first + if wanted < months[month] { wanted } else { wanted - 7 }
                }
                RuleDay::WithoutLeapDay(number) => i64::from(number) - 1 + i64::from(leap && number > 59),
                RuleDay::WithLeapDay(number) => i64::from(number),
            };
        day * SECONDS_PER_DAY + i64::from(self.seconds)
    }
}

impl Rule {
    /// Removes from the end the transitions that the rule makes too; at least one stays, from which the rule goes on.
    fn drop_what_it_makes(&self, transitions: &mut Vec<Transition>) -> Result<(), Box<dyn Error>> {
        let last = *transitions.last().ok_or("a rule without a transition from which it goes on")?;
        let mut made: Vec<Transition> = (1960..)
            .flat_map(|year| {
                let on = self.to_daylight.wall_second(year) - i64::from(self.standard);
                let off = self.to_standard.wall_second(year) - i64::from(self.daylight);
                [Transition { at: on, offset: self.daylight }, Transition { at: off, offset: self.standard }]
            })
            .take_while(|change| change.at <= last.at + 2 * 366 * SECONDS_PER_DAY)
            .collect();
        made.sort_by_key(|change| change.at);
        let goes_on_from = |kept: usize| {
            let from = transitions[kept - 1];
            let passed = made.partition_point(|change| change.at <= from.at);
            let until = made.partition_point(|change| change.at <= last.at);
            made[passed - 1].offset == from.offset && made[passed..until] == transitions[kept..]
        };
        let kept = (1..=transitions.len())
            .find(|&kept| goes_on_from(kept))
            .ok_or("the footer contradicts the last transition")?;
        transitions.truncate(kept);
        Ok(())
    }
}

/// Packs the zones; see the head of this file for the form.
fn pack(version: &str, zones: &[(String, Zone)]) -> Result<Vec<u8>, Box<dyn Error>> {
    let steps = by_frequency(zones.iter().flat_map(|(_, zone)| zone.steps().map(|(_, step)| step)));
    let rules = by_frequency(zones.iter().filter_map(|(_, zone)| zone.rule.clone()));
    if steps.len() > 256 || rules.len() > 255 {
        return Err("too many kinds of transition or rules for a byte".into());
    }
    let mut bodies: Vec<&Zone> = Vec::new();
    for (_, zone) in zones {
        if !bodies.contains(&zone) {
            bodies.push(zone);
        }
    }

    let mut contents = Packer::default();
    contents.text(version.as_bytes());
    contents.list(&steps, Packer::step);
    contents.list(&rules, Packer::rule);
    contents.bodies(&bodies, &steps, &rules);
    let names: Vec<&str> = zones.iter().map(|(name, _)| name.as_str()).collect();
    contents.text(names.join("\n").as_bytes());
    let mut named = 0;
    for (_, zone) in zones {
        let body = position(&bodies, &zone);
        contents.number(named - body);
        named += u32::from(body == named);
    }

    let mut file = vec![b'C', b'E', b'S', b'Z', FORM];
    file.extend(crc32(&contents.0).to_le_bytes());
    file.extend(contents.0);
    Ok(file)
}

/// The distinct items, the most frequent first, so that the same indices come up often and compress well.
fn by_frequency<T: Ord + Clone>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    let mut distinct: Vec<(T, usize)> = counts.into_iter().collect();
    distinct.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    distinct.into_iter().map(|(item, _)| item).collect()
}

fn position<T: PartialEq>(items: &[T], item: &T) -> u32 {
    items.iter().position(|other| other == item).map_or(u32::MAX, |index| index as u32)
}

/// A kind of transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    wall_second: u32,
    change: i32,
}

impl Zone {
    /// The wall-clock day of each transition and its kind.
    fn steps(&self) -> impl Iterator<Item = (i64, Step)> {
        let before = std::iter::once(self.first_offset)
            .chain(self.transitions.iter().map(|transition| transition.offset));
        self.transitions.iter().zip(before).map(|(transition, before)| {
            let wall = transition.at + i64::from(before);
            let wall_second = wall.rem_euclid(SECONDS_PER_DAY) as u32;
            (wall.div_euclid(SECONDS_PER_DAY), Step { wall_second, change: transition.offset - before })
        })
    }
}

#[derive(Default)]
struct Packer(Vec<u8>);

impl Packer {
    fn number(&mut self, mut value: u32) {
        assert!(value < 1 << 28, "numbers have at most four bytes");
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn signed(&mut self, value: i32) {
        self.number((value << 1 ^ value >> 31) as u32);
    }

    fn text(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u32);
        self.0.extend(bytes);
    }

    fn list<T>(&mut self, items: &[T], pack: impl Fn(&mut Self, &T)) {
        self.number(items.len() as u32);
        for item in items {
            pack(self, item);
        }
    }

    fn step(&mut self, step: &Step) {
        self.number(step.wall_second);
        self.signed(step.change);
    }

    fn rule(&mut self, rule: &Rule) {
        self.signed(rule.standard);
        self.signed(rule.daylight);
        for RuleDate { day, seconds } in [&rule.to_daylight, &rule.to_standard] {
            match *day {
                RuleDay::Weekday { month, week, weekday } => self.0.extend([0, month, week, weekday]),
                RuleDay::WithoutLeapDay(number) => {
                    self.0.push(1);
                    self.number(number);
                }
                RuleDay::WithLeapDay(number) => {
                    self.0.push(2);
                    self.number(number);
                }
            }
            self.signed(*seconds);
        }
    }

    fn bodies(&mut self, bodies: &[&Zone], steps: &[Step], rules: &[Rule]) {
        self.number(bodies.len() as u32);
        for zone in bodies {
            self.0.push(zone.rule.as_ref().map_or(0, |rule| position(rules, rule) + 1) as u8);
        }
        for zone in bodies {
            self.signed(zone.first_offset);
        }
        for zone in bodies {
            self.number(zone.transitions.len() as u32);
        }
        let (mut kinds, mut days) = (Vec::new(), Vec::new());
        for zone in bodies {
            let mut last_day = 0;
            for (day, step) in zone.steps() {
                kinds.push(position(steps, &step) as u8);
                days.push(
                    u16::try_from(day - last_day).expect("wall-clock days never decrease").to_le_bytes(),
                );
                last_day = day;
            }
        }
        self.0.extend(kinds);
        self.0.extend(days.iter().map(|[low, _]| low));
        self.0.extend(days.iter().map(|[_, high]| high));
    }
}

/// The CRC-32 of zip and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}
