//! Takes out of the built module what a page needs only when somebody asks for it, into a second module that it loads then.
//!
//! Both halves share memory, table and stack, so that a function does the same whichever half it is in. What only the calls
//! that were named reach moves to the second half; the first keeps a stub for each of them, which jumps through a slot of the
//! table that the second half fills when it is instantiated with the exports of the first.

mod first;
mod module;
mod names;
mod second;

use std::collections::BTreeMap;

use self::module::Module;
use self::names::Names;
use crate::Result;

/// The two modules that one has become, and the JavaScript that drives the first.
#[derive(Debug)]
pub(crate) struct Halves {
    pub(crate) first: Vec<u8>,
    pub(crate) second: Vec<u8>,
    pub(crate) glue: String,
}

/// The module name under which the second half imports the exports of the first.
const FIRST: &str = "f";
/// Names under which the first half exports its function table and its stack pointer.
const TABLE: &str = "0t";
const STACK: &str = "0s";

/// Which function is where.
struct Plan {
    /// The calls that move, as indices of the module, in the order of their slots.
    asked: Vec<u32>,
    /// Every function that moves.
    moved: Vec<u32>,
    /// Functions of the first half that the second calls, and the names under which it finds them.
    shared: BTreeMap<u32, String>,
    /// The first of the slots.
    slot: u32,
}

/// Splits `module` at the exports of these names, and gives all that it and its glue call each other shorter names.
///
/// # Errors
///
/// When an export is not there, or the module is of a form that wasm-bindgen does not make.
pub(crate) fn split(module: &[u8], glue: &str, asked: &[&str]) -> Result<Halves> {
    let module = Module::read(module)?;
    let plan = Plan::of(&module, asked)?;
    let names = Names::of(&module)?;
    Ok(Halves {
        first: first::encode(&module, &plan, &names)?,
        second: second::encode(&module, &plan)?,
        glue: names.in_glue(glue)?,
    })
}

impl Plan {
    fn of(module: &Module<'_>, asked: &[&str]) -> Result<Self> {
        let asked = asked.iter().map(|name| module.exported_function(name)).collect::<Result<Vec<_>>>()?;
        let kept = module.reachable(module.roots().filter(|root| !asked.contains(root)));
        let reached = module.reachable(asked.iter().copied());
        let moved: Vec<u32> = reached.difference(&kept).copied().collect();
        if let Some(kept) = asked.iter().find(|call| !moved.contains(call)) {
            return Err(format!("function {kept} is needed by what stays").into());
        }
        let called = moved.iter().flat_map(|function| module.calls(*function)).collect::<Vec<_>>();
        let shared = called.into_iter().filter(|called| kept.contains(called));
        let shared = shared.map(|function| (function, format!("{function}"))).collect();
        Ok(Self { asked, moved, shared, slot: u32::try_from(module.table.initial)? })
    }
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

    fn halves(asked: &[&str]) -> Result<Halves> {
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
        let Halves { first, second, .. } = halves(&["asked"]).expect("the module splits");
        wasmparser::validate(&first).expect("the first half is valid");
        wasmparser::validate(&second).expect("the second half is valid");
        // The stub, `both`, `tick` and `held`; then `asked` and `only`, which find `both` in the first half.
        assert_eq!((functions(&first), functions(&second)), ((1, 4), (1, 2)));
    }

    #[test]
    fn names_are_shortened_in_module_and_glue_alike() {
        let Halves { glue, .. } = halves(&["asked"]).expect("the module splits");
        assert_eq!(glue, "import0 = { now: now }; { \"page\": import0 }; wasm.a(1); wasm.b();");
    }

    #[test]
    fn a_call_that_is_not_there_is_named() {
        let error = halves(&["asked", "nothing"]).expect_err("no such export").to_string();
        assert_eq!(error, "the module exports no function nothing");
    }
}
