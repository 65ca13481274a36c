//! The `rhaiver` binary: nothing but a door to [`rhaiver::cli`].

/// Values and documents are many small allocations, made by one thread and freed by another: this allocator is made
/// for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rhaiver::cli::main()
}
