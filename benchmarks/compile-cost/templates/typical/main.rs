mod api;
mod error;
mod files;
mod invoices;
mod messages;
mod orders;
mod products;
mod users;

use api::Api;
use error::Error;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let Some(base) = std::env::args().nth(1) else {
        println!("usage: project URL");
        return Ok(());
    };
    let api = Api::new(base);
    files::run(&api).await?;
    invoices::run(&api).await?;
    messages::run(&api).await?;
    orders::run(&api).await?;
    products::run(&api).await?;
    users::run(&api).await
}
