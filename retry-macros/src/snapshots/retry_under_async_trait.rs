#[rustfmt::__retry_utils_layer_async_retry(mut __self, mut list)]
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
        #[allow(clippy::implicit_return)]
        {
            use ::retry_utils::private as __retry_utils;
            static __RETRY_UTILS_REPORTED: __retry_utils::PolicyReports = __retry_utils::PolicyReports::new();
            static __RETRY_UTILS_METHOD: __retry_utils::Method = __retry_utils::Method::new(
                ::core::module_path!(),
                "ask",
            );
            let mut __retry_utils_series = __retry_utils::Sequence::new();
            loop {
                {
                    match {
                        #[allow(clippy::shadow_reuse)]
                        let mut list = __retry_utils::Cloned::cloned(&list);
                        let __retry_utils_attempt = '__retry_utils_slot_r: {
                            async {
                                if false {
                                    return __retry_utils::never::<Result<u32, Failed>>();
                                }
                                let _ = &mut *__self;
                                let __ret: Result<u32, Failed> = { __self.g(list).await };
                                #[allow(unreachable_code)] __ret
                            }
                                .await
                        };
                        __retry_utils_attempt
                    } {
                        __retry_utils::Err(__retry_utils_failed) => {
                            if !{
                                let __retry_utils_owner = &__self.policy;
                                let __retry_utils_policy: &__retry_utils::RetryConfig = __retry_utils_owner;
                                __retry_utils_series
                                    .failed_call(
                                        __retry_utils::Call::evaluated(
                                            __retry_utils_policy,
                                            __RETRY_UTILS_METHOD.name::<Self>(),
                                            &__RETRY_UTILS_REPORTED,
                                        ),
                                        __retry_utils::explained(
                                            __retry_utils::Failure::of_kind(
                                                    __retry_utils::Retryable::failure_kind(
                                                        &__retry_utils_failed,
                                                    ),
                                                    __retry_utils::Retryable::retry_hint(&__retry_utils_failed),
                                                    __retry_utils::Shown::shown(&__retry_utils_failed),
                                                )
                                                .opaque_if(|| __retry_utils::Retryable::__retry_utils_is_opaque(
                                                    &__retry_utils_failed,
                                                )),
                                            __retry_utils::Judged(&__retry_utils_failed)
                                                .__retry_utils_error(),
                                            __retry_utils::Judged(&__retry_utils_failed)
                                                .__retry_utils_as_error(),
                                        ),
                                    )
                            } {
                                break __retry_utils::Err(__retry_utils_failed);
                            }
                        }
                        __retry_utils_outcome => break __retry_utils_outcome,
                    }
                }
                __retry_utils_series.wait().await;
            }
        }
    })
}
