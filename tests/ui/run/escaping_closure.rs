//! A plain closure whose futures borrow from it. The message comes from rustc.

use std::io;

use retry_utils::STANDARD;

async fn read(buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.push(1);
    Ok(())
}

async fn run() -> io::Result<()> {
    let mut buffer = Vec::new();
    STANDARD.run(|| read(&mut buffer)).await
}

fn main() {}
