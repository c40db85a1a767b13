//! `cargo xtask zones`: makes `src/core/time/zones.bin` from the IANA data in PyPI's `tzdata` package.
//!
//! Transitions before 1970 are left out, and those at the end that the rule makes as well. The module `pack` describes the
//! packed file.

mod pack;
mod tzif;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pack::pack;
use tzif::Zone;

/// The release of PyPI's `tzdata` that is packed; 2026.6 carries IANA 2026f.
const TZDATA_RELEASE: &str = "2026.6";

const PACKED_FILE: &str = "src/core/time/zones.bin";

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
