//! Expressions as `explain` shows them.

use bson::{Bson, Document, doc};

use super::node::{Node, Variable};
use super::operator::Call;

impl Node {
    /// The expression as BSON that would be read as the same one.
    pub fn to_bson(&self) -> Bson {
        match self {
            Node::Constant(None) | Node::Absent => "$$REMOVE".into(),
            Node::Constant(Some(value)) => doc! { "$const": value.clone() }.into(),
            Node::Array(items) => items.iter().map(Node::to_bson).collect::<Vec<_>>().into(),
            Node::Object(fields) => {
                let fields = fields.iter().map(|(k, v)| (k.clone(), v.to_bson()));
                fields.collect::<Document>().into()
            }
            Node::Variable(variable, path) => {
                let path = path.as_ref().map(super::path::FieldPath::as_str);
                reference(variable, path).into()
            }
            Node::Call(call) => doc! { call.op.name: arguments(call) }.into(),
            Node::Custom(custom) => custom.to_bson(),
        }
    }
}

fn reference(variable: &Variable, path: Option<&str>) -> String {
    let name = match variable {
        Variable::Root => "ROOT",
        Variable::Now => "NOW",
        Variable::ClusterTime => "CLUSTER_TIME",
        Variable::Remove => "REMOVE",
        Variable::Env { name, .. } | Variable::Local { name, .. } => name,
        Variable::Current => match path {
            Some(path) => return format!("${path}"),
            None => "CURRENT",
        },
    };
    match path {
        Some(path) => format!("$${name}.{path}"),
        None => format!("$${name}"),
    }
}

fn arguments(call: &Call) -> Bson {
    if let Some(show) = call.op.show {
        return show(call);
    }
    if call.op.names.is_empty() {
        let args = call.args.iter().map(Node::to_bson);
        return args.collect::<Vec<_>>().into();
    }
    let named = call.op.names.iter().zip(&call.args);
    let given = named.filter(|(_, arg)| arg.is_given());
    let fields = given.map(|(name, arg)| ((*name).to_owned(), arg.to_bson()));
    fields.collect::<Document>().into()
}
