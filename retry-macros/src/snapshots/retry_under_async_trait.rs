fn ask<'life0, 'async_trait>(
    &'life0 mut self,
    list: Vec<u32>,
) -> ::core::pin::Pin<
    Box<dyn ::core::future::Future<Output = Result<u32, Failed>> + Send + 'async_trait>,
>
where
    'life0: 'async_trait,
    Self: 'async_trait,
{
    Box::pin(async move {
        if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<
            Result<u32, Failed>,
        > {
            #[allow(unreachable_code)] return __ret;
        }
        let mut __self = self;
        let list = list;
        {
            static __RETRY_UTILS_SITE: ::retry_utils::private::PolicySite = ::retry_utils::private::PolicySite::new();
            let mut series = if __RETRY_UTILS_SITE.has_budget() {
                ::retry_utils::private::Series::within(
                    ::retry_utils::private::budget_of(&__self.policy),
                )
            } else {
                ::retry_utils::private::Series::new()
            };
            loop {
                {
                    let mut list = ::retry_utils::private::Cloned::cloned(&list);
                    let outcome = {
                        type __RetryUtilsSlotR = ();
                        async {
                            #[allow(clippy::all, clippy::pedantic, unreachable_code)]
                            if let ::core::option::Option::Some(outcome) = ::core::option::Option::None::<
                                Result<u32, Failed>,
                            > {
                                return outcome;
                            }
                            let _ = &mut *__self;
                            let __ret: Result<u32, Failed> = { __self.g(list).await };
                            #[allow(unreachable_code)] __ret
                        }
                            .await
                    };
                    match outcome {
                        ::core::result::Result::Ok(value) => {
                            break ::core::result::Result::Ok(value);
                        }
                        ::core::result::Result::Err(failed) => {
                            let error = &failed;
                            if !series
                                .failed_unchecked(
                                    __RETRY_UTILS_SITE.seen(&__self.policy),
                                    ::core::concat!(::core::module_path!(), "::ask"),
                                    ::retry_utils::private::classified(
                                        ::retry_utils::Retryable::failure_kind(error),
                                        ::retry_utils::Retryable::retry_after(error),
                                        ::retry_utils::private::Shown::shown(error),
                                    ),
                                )
                            {
                                break ::core::result::Result::Err(failed);
                            }
                        }
                    }
                }
                series.wait().await;
            }
        }
    })
}
