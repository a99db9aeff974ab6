//! A closure whose futures borrow from it needs `run_mut`.

use std::io;

use retry_utils::STANDARD;

async fn read(buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.push(1);
    Ok(())
}

async fn run() -> io::Result<()> {
    let mut buffer = Vec::new();
    STANDARD.run(async || read(&mut buffer).await).await
}

fn main() {}
