use crate::api::{Api, checked};
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

const NAME: &str = "{MODULE}";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub id: u64,
    pub name: String,
    #[serde(default)]
    pub tags: Vec<String>,
    pub owner: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewRecord<'a> {
    pub name: &'a str,
    pub owner_id: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub tags: &'a [String],
}

#[derive(Debug, Deserialize)]
pub struct Page {
    pub records: Vec<Record>,
    pub next: Option<String>,
}

#[protected]
pub async fn get(api: &Api, id: u64) -> Result<Record, Error> {
    let response = api.http.get(api.url(&format!("{NAME}/{id}"))).send().await?;
    Ok(checked(response)?.json().await?)
}

#[protected]
pub async fn list(api: &Api, cursor: Option<&str>) -> Result<Page, Error> {
    let limit = {LIMIT};
    let mut path = format!("{NAME}?limit={limit}");
    if let Some(cursor) = cursor {
        path.push_str("&cursor=");
        path.push_str(cursor);
    }
    let page: Page = checked(api.http.get(api.url(&path)).send().await?)?.json().await?;
    if page.records.len() > limit {
        return Err(Error::Invalid(format!("{} records on a page", page.records.len())));
    }
    Ok(page)
}

#[protected]
pub async fn create(api: &Api, new: &NewRecord<'_>) -> Result<Record, Error> {
    if new.name.is_empty() {
        return Err(Error::Invalid("the name is empty".to_owned()));
    }
    let response = api.http.post(api.url(NAME)).json(new).send().await?;
    let record: Record = checked(response)?.json().await?;
    tracing::info!(id = record.id, "created");
    Ok(record)
}

#[protected]
pub async fn rename(api: &Api, id: u64, name: String) -> Result<Record, Error> {
    let body = HashMap::from([("name", &name)]);
    let response = api.http.patch(api.url(&format!("{NAME}/{id}"))).json(&body).send().await?;
    Ok(checked(response)?.json().await?)
}

#[protected]
pub async fn delete(api: &Api, id: u64) -> Result<(), Error> {
    let response = api.http.delete(api.url(&format!("{NAME}/{id}"))).send().await?;
    match checked(response) {
        Ok(_) | Err(Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

#[protected]
pub async fn exists(api: &Api, id: u64) -> Result<bool, Error> {
    let response = api.http.head(api.url(&format!("{NAME}/{id}"))).send().await?;
    Ok(response.status().is_success())
}

#[protected]
pub async fn find(api: &Api, name: &str) -> Result<Option<Record>, Error> {
    let response = api.http.get(api.url(&format!("{NAME}/search/{name}"))).send().await?;
    let page: Page = checked(response)?.json().await?;
    Ok(page.records.into_iter().find(|record| record.name == name))
}

pub struct Owned<'a> {
    pub api: &'a Api,
    pub owner: u64,
}

impl Owned<'_> {
    #[protected]
    pub async fn count(&self) -> Result<u64, Error> {
        let path = format!("owners/{}/{NAME}/count", self.owner);
        let response = self.api.http.get(self.api.url(&path)).send().await?;
        let counts: HashMap<String, u64> = checked(response)?.json().await?;
        counts.get("count").copied().ok_or_else(|| Error::NotFound(path))
    }

    #[protected]
    pub async fn tag(&self, ids: &[u64], tag: &str) -> Result<usize, Error> {
        let mut changed = 0;
        for id in ids {
            let path = format!("owners/{}/{NAME}/{id}/tags/{tag}", self.owner);
            let response = self.api.http.put(self.api.url(&path)).send().await?;
            if checked(response).is_ok() {
                changed += 1;
            }
        }
        tracing::debug!(changed, tag, "tagged");
        Ok(changed)
    }

    #[protected]
    pub async fn export(&self) -> Result<String, Error> {
        let path = format!("owners/{}/{NAME}/export", self.owner);
        let response = checked(self.api.http.get(self.api.url(&path)).send().await?)?;
        let bytes = response.bytes().await?;
        String::from_utf8(bytes.to_vec()).map_err(|error| Error::Invalid(error.to_string()))
    }
}

pub async fn run(api: &Api) -> Result<(), Error> {
    let page = list(api, None).await?;
    let more = list(api, page.next.as_deref()).await?;
    let new = NewRecord { name: NAME, owner_id: None, tags: &[] };
    let record = create(api, &new).await?;
    let record = rename(api, record.id, format!("{} of {}", record.name, more.records.len())).await?;
    let same = get(api, record.id).await?;
    let found = find(api, &same.name).await?;
    let owned = Owned { api, owner: same.owner.unwrap_or_default() };
    let tagged = owned.tag(&[same.id], &same.tags.join("+")).await?;
    tracing::info!(count = owned.count().await?, tagged, found = found.is_some());
    delete(api, same.id).await?;
    println!("{}: {}, {}", NAME, exists(api, same.id).await?, owned.export().await?);
    Ok(())
}
