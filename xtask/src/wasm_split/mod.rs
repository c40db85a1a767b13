//! Takes out of the built module what a page needs only sometimes, into further modules that it loads then.
//!
//! All parts share memory, table and stack, so that a function does the same whichever part it is in. What only the calls of later
//! parts reach moves to the earliest of these; everything else stays in the first, which keeps a stub for each of those calls. The
//! stub jumps through a slot of the table that a part fills when it is instantiated, with the exports of all before it.

mod first;
mod later;
mod module;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use self::module::Module;
use self::names::Names;
use crate::Result;

/// The modules that one has become, and the JavaScript that drives the first.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) first: Vec<u8>,
    /// In the order in which their calls were given.
    pub(crate) later: Vec<Vec<u8>>,
    pub(crate) glue: String,
}

/// The module name under which a part imports the exports of those before it.
const FIRST: &str = "f";
/// Names under which the first exports its function table and its stack pointer.
const TABLE: &str = "0t";
const STACK: &str = "0s";

/// A part that is loaded later.
struct Later {
    /// The calls that move, as indices of the module, in the order of their slots.
    asked: Vec<u32>,
    /// Every function that moves.
    moved: BTreeSet<u32>,
    /// Functions of earlier parts that this one calls, and the names under which it finds them.
    shared: BTreeMap<u32, String>,
    /// Functions of this part that later ones call, by the same names.
    exported: BTreeMap<u32, String>,
    /// The first of its slots.
    slot: u32,
}

/// Splits `module` at the exports of these names, each list a part, and gives all that it and its glue call each other shorter
/// names.
///
/// # Errors
///
/// When an export is not there, or the module is of a form that wasm-bindgen does not make.
pub(crate) fn split(module: &[u8], glue: &str, asked: &[&[&str]]) -> Result<Parts> {
    let module = Module::read(module)?;
    let later = plan(&module, asked)?;
    let names = Names::of(&module)?;
    Ok(Parts {
        first: first::encode(&module, &later, &names)?,
        later: later.iter().map(|part| later::encode(&module, part)).collect::<Result<_>>()?,
        glue: names.in_glue(glue)?,
    })
}

/// Which function is where.
fn plan(module: &Module<'_>, asked: &[&[&str]]) -> Result<Vec<Later>> {
    let find = |names: &&[&str]| names.iter().map(|name| module.exported_function(name)).collect();
    let asked: Vec<Vec<u32>> = asked.iter().map(find).collect::<Result<_>>()?;
    let is_asked = |function: &u32| asked.iter().any(|part| part.contains(function));
    let mut placed = module.reachable(module.roots().filter(|root| !is_asked(root)));
    let mut slot = u32::try_from(module.table.initial)?;
    let mut parts: Vec<Later> = Vec::new();
    for asked in asked {
        let reached = module.reachable(asked.iter().copied());
        let moved: BTreeSet<u32> = reached.difference(&placed).copied().collect();
        if let Some(kept) = asked.iter().find(|call| !moved.contains(call)) {
            return Err(format!("function {kept} is needed by what comes before").into());
        }
        let called = moved.iter().flat_map(|function| module.calls(*function));
        let shared = called.filter(|called| placed.contains(called));
        let shared: BTreeMap<u32, String> = shared.map(|function| (function, function.to_string())).collect();
        for earlier in &mut parts {
            let here = shared.iter().filter(|(function, _)| earlier.moved.contains(function));
            earlier.exported.extend(here.map(|(function, name)| (*function, name.clone())));
        }
        placed.extend(&moved);
        let first_slot = slot;
        slot += u32::try_from(asked.len())?;
        parts.push(Later { asked, moved, shared, exported: BTreeMap::new(), slot: first_slot });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
        FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, RefType,
        TableSection, TableType, TypeSection, ValType,
    };

    use super::*;

    const GLUE: &str =
        "import0 = { __wbg_now_0123456789abcdef: now }; { \"glue\": import0 }; wasm.asked(1); wasm.tick();";

    /// `asked` calls `only`, which calls `both`; `tick` calls `both`, which calls the import. `held` stands in the table.
    fn module() -> Vec<u8> {
        let mut module = wasm_encoder::Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32], []);
        let mut imports = ImportSection::new();
        imports.import("glue", "__wbg_now_0123456789abcdef", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        for kind in [1, 0, 0, 0, 0] {
            functions.function(kind);
        }
        let mut tables = TableSection::new();
        let element_type = RefType::FUNCREF;
        tables.table(TableType { element_type, table64: false, minimum: 2, maximum: Some(2), shared: false });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        let stack = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(stack, &ConstExpr::i32_const(1024));
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("asked", ExportKind::Func, 1);
        exports.export("tick", ExportKind::Func, 4);
        let mut elements = ElementSection::new();
        elements.active(None, &ConstExpr::i32_const(1), Elements::Functions([5][..].into()));
        let mut code = CodeSection::new();
        for called in [2, 3, 0, 3, 0] {
            let mut body = Function::new([]);
            body.instructions().call(called).end();
            code.function(&body);
        }
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories);
        module.section(&globals).section(&exports).section(&elements).section(&code);
        module.finish()
    }

    fn parts(asked: &[&[&str]]) -> Result<Parts> {
        split(&module(), GLUE, asked)
    }

    fn functions(module: &[u8]) -> (usize, usize) {
        let module =
            wasmparser::Parser::new(0).parse_all(module).map(|payload| payload.expect("a valid module"));
        module.fold((0, 0), |(imported, defined), payload| match payload {
            wasmparser::Payload::ImportSection(imports) => {
                let functions = imports.into_imports().filter(|import| {
                    matches!(import.as_ref().map(|import| import.ty), Ok(wasmparser::TypeRef::Func(_)))
                });
                (functions.count(), defined)
            }
            wasmparser::Payload::FunctionSection(functions) => (imported, functions.count() as usize),
            _ => (imported, defined),
        })
    }

    #[test]
    fn what_only_an_asked_call_reaches_moves_and_the_rest_stays() {
        let Parts { first, later, .. } = parts(&[&["asked"]]).expect("the module splits");
        let [later] = &later[..] else { panic!("one part was asked for") };
        wasmparser::validate(&first).expect("the first part is valid");
        wasmparser::validate(later).expect("the later part is valid");
        // The stub, `both`, `tick` and `held`; then `asked` and `only`, which find `both` in the first part.
        assert_eq!((functions(&first), functions(later)), ((1, 4), (1, 2)));
    }

    #[test]
    fn what_two_parts_reach_is_in_the_earlier_one() {
        let Parts { first, later, .. } = parts(&[&["asked"], &["tick"]]).expect("the module splits");
        for part in later.iter().chain([&first]) {
            wasmparser::validate(part).expect("every part is valid");
        }
        // Two stubs and `held`; then `asked`, `only` and `both`, which calls the import; then `tick`, which finds `both` there.
        assert_eq!(functions(&first), (1, 3));
        assert_eq!(later.iter().map(|part| functions(part)).collect::<Vec<_>>(), [(1, 3), (1, 1)]);
    }

    #[test]
    fn names_are_shortened_in_module_and_glue_alike() {
        let Parts { glue, .. } = parts(&[&["asked"]]).expect("the module splits");
        assert_eq!(glue, "import0 = { now: now }; { \"page\": import0 }; wasm.a(1); wasm.b();");
    }

    #[test]
    fn a_call_that_is_not_there_is_named() {
        let error = parts(&[&["asked"], &["nothing"]]).expect_err("no such export").to_string();
        assert_eq!(error, "the module exports no function nothing");
    }
}
