//! `cargo xtask test`: every stage in order, each with its time, and a table at the end.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::args::Args;
use crate::report::seconds;
use crate::stages::{STAGES, Stage};
use crate::workspace::Workspace;
use crate::{Result, tools};

pub(crate) const USAGE: &str = "\
cargo xtask test [--only STAGE[,STAGE …]] [--keep-going] [--list]

  --only STAGE   these stages only; what they need is built first
  --keep-going   go on after a stage has failed
  --list         name the stages

Nothing is skipped: what a stage needs is installed, or the run fails.";

/// What became of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

/// Runs the stages that were asked for.
///
/// # Errors
///
/// When one has failed, or what one needs cannot be installed.
pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let list = args.flag("--list");
    let keep_going = args.flag("--keep-going");
    let only = args.value("--only")?;
    args.finish(USAGE)?;
    let stages = selected(only.as_deref())?;
    if list {
        stages.iter().for_each(|stage| println!("{:<10} {}", stage.name, stage.what));
        return Ok(());
    }

    let start = Instant::now();
    install(workspace, &stages)?;
    let verdicts = run_all(workspace, &stages, keep_going);
    summary(&stages, &verdicts, start.elapsed())
}

fn selected(only: Option<&str>) -> Result<Vec<&'static Stage>> {
    let Some(only) = only else { return Ok(STAGES.iter().collect()) };
    let names: Vec<&str> = only.split(',').collect();
    if let Some(unknown) = names.iter().find(|name| STAGES.iter().all(|stage| stage.name != **name)) {
        return Err(format!("there is no stage `{unknown}`; `cargo xtask test --list` names them").into());
    }
    Ok(STAGES.iter().filter(|stage| names.contains(&stage.name)).collect())
}

/// Installs what is missing before the first stage, so that a machine that cannot run the last one says so at once.
fn install(workspace: &Workspace, stages: &[&Stage]) -> Result<()> {
    let start = Instant::now();
    let needs: BTreeSet<_> = stages.iter().flat_map(|stage| stage.needs).copied().collect();
    tools::ensure(workspace, &Vec::from_iter(needs))?;
    println!("tools      ready in {}", seconds(start.elapsed()));
    Ok(())
}

fn run_all(workspace: &Workspace, stages: &[&Stage], keep_going: bool) -> Vec<Verdict> {
    let mut failed = false;
    let mut verdicts = Vec::with_capacity(stages.len());
    for (index, stage) in stages.iter().enumerate() {
        if failed && !keep_going {
            verdicts.push(Verdict::NotRun);
            continue;
        }
        println!("\n[{}/{}] {}: {}", index + 1, stages.len(), stage.name, stage.what);
        let start = Instant::now();
        let result = (stage.run)(workspace);
        let took = start.elapsed();
        if let Err(error) = &result {
            println!("\nstage {} failed: {error}", stage.name);
        }
        println!("[{}/{}] {} took {}", index + 1, stages.len(), stage.name, seconds(took));
        failed |= result.is_err();
        verdicts.push(if result.is_ok() { Verdict::Passed(took) } else { Verdict::Failed(took) });
    }
    verdicts
}

fn summary(stages: &[&Stage], verdicts: &[Verdict], took: Duration) -> Result<()> {
    println!("\n{:<10} {:<8} time", "stage", "result");
    for (stage, verdict) in stages.iter().zip(verdicts) {
        match verdict {
            Verdict::Passed(took) => println!("{:<10} {:<8} {}", stage.name, "passed", seconds(*took)),
            Verdict::Failed(took) => println!("{:<10} {:<8} {}", stage.name, "FAILED", seconds(*took)),
            Verdict::NotRun => println!("{:<10} {:<8}", stage.name, "not run"),
        }
    }
    let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| wanted(verdict)).count();
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let not_run = count(|verdict| matches!(verdict, Verdict::NotRun));
    println!("{:<10} {:<8} {}", "all", "", seconds(took));
    println!("\nstages: {} passed, {failed} failed", verdicts.len() - failed - not_run);
    match (failed, not_run) {
        (0, 0) => Ok(()),
        (_, 0) => Err("not every stage passed".into()),
        (_, not_run) => Err(format!("not every stage passed, and {not_run} did not run").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &'static str, run: fn(&Workspace) -> Result<()>) -> Stage {
        Stage { name, what: "", needs: &[], run }
    }

    fn verdicts(keep_going: bool) -> Vec<&'static str> {
        let workspace = Workspace { root: "/".into(), target: "/".into(), tools: "/".into() };
        let stages = [stage("a", |_| Ok(())), stage("b", |_| Err("no".into())), stage("c", |_| Ok(()))];
        let stages: Vec<_> = stages.iter().collect();
        let verdicts = run_all(&workspace, &stages, keep_going);
        assert!(summary(&stages, &verdicts, Duration::ZERO).is_err());
        let word = |verdict: &Verdict| match verdict {
            Verdict::Passed(_) => "passed",
            Verdict::Failed(_) => "failed",
            Verdict::NotRun => "not run",
        };
        verdicts.iter().map(word).collect()
    }

    #[test]
    fn the_first_failure_ends_the_run_unless_told_to_go_on() {
        assert_eq!(verdicts(false), ["passed", "failed", "not run"]);
        assert_eq!(verdicts(true), ["passed", "failed", "passed"]);
    }

    #[test]
    fn stages_are_chosen_by_name_and_keep_their_order() {
        let names =
            |only| selected(only).map(|stages| stages.iter().map(|stage| stage.name).collect::<Vec<_>>());
        assert_eq!(names(Some("tidy,fmt")).unwrap(), ["fmt", "tidy"]);
        assert_eq!(names(None).unwrap().len(), STAGES.len());
        assert!(names(Some("fmt,nonsense")).is_err());
    }

    #[test]
    fn no_two_stages_share_a_name() {
        assert_eq!(STAGES.iter().map(|stage| stage.name).collect::<BTreeSet<_>>().len(), STAGES.len());
    }
}
