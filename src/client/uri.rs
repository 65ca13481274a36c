//! Connection strings as they may be shown.

/// The connection string with its password and any secret option blanked.
///
/// Works on strings that are not valid connection strings too, since those are what error
/// messages quote.
#[must_use]
pub fn redact(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return uri.to_string();
    };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    // A password may hold an unescaped '/' or '@' where the string is wrong: the last '@' counts.
    let rest = match rest.rfind('@') {
        Some(at) if at >= authority_end || rest[..authority_end].contains('@') => {
            format!("<credentials>{}", &rest[at..])
        }
        _ => rest.to_string(),
    };
    format!("{scheme}://{}", redact_options(&rest))
}

fn redact_options(rest: &str) -> String {
    const SECRET: [&str; 3] = [
        "authmechanismproperties",
        "tlscertificatekeyfilepassword",
        "proxypassword",
    ];
    let Some((head, query)) = rest.split_once('?') else {
        return rest.to_string();
    };
    let options: Vec<String> = query
        .split('&')
        .map(|option| match option.split_once('=') {
            Some((key, _)) if SECRET.contains(&key.to_lowercase().as_str()) => {
                format!("{key}=<redacted>")
            }
            _ => option.to_string(),
        })
        .collect();
    format!("{head}?{}", options.join("&"))
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn no_secret_is_left() {
        let cases = [
            (
                "mongodb://localhost:27017/?replicaSet=rs0",
                "mongodb://localhost:27017/?replicaSet=rs0",
            ),
            (
                "mongodb://ada:s3cret@h1,h2/shop",
                "mongodb://<credentials>@h1,h2/shop",
            ),
            (
                "mongodb+srv://ada:s3cret@h/?w=1",
                "mongodb+srv://<credentials>@h/?w=1",
            ),
            (
                "mongodb://ada:p@ss/w@h/shop",
                "mongodb://<credentials>@h/shop",
            ),
            ("mongodb://ada:p/w@h", "mongodb://<credentials>@h"),
            (
                "mongodb://h/?proxyPassword=x&w=1",
                "mongodb://h/?proxyPassword=<redacted>&w=1",
            ),
            ("nonsense", "nonsense"),
        ];
        for (uri, want) in cases {
            assert_eq!(redact(uri), want);
        }
    }
}
