//! The `rhaiver` binary: nothing but a door to [`rhaiver::cli`].

fn main() -> std::process::ExitCode {
    rhaiver::cli::main()
}
