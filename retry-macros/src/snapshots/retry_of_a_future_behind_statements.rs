#[rustfmt::__retry_utils_layer_async_retry()]
fn call(&mut self, r: u32) -> BoxFuture<'static, Result<u32, Failed>> {
    let inner = self.inner.clone();
    Box::pin(async move {
        #[allow(clippy::implicit_return)]
        {
            use ::retry_utils::private as __retry_utils;
            static __RETRY_UTILS_METHOD: __retry_utils::Method = __retry_utils::Method::new(
                ::core::module_path!(),
                "call",
            );
            let mut __retry_utils_series = __retry_utils::Sequence::new();
            loop {
                {
                    match '__retry_utils_slot_r: {
                        async {
                            if false {
                                return __retry_utils::never::<Result<u32, Failed>>();
                            }
                            inner.send(r).await
                        }
                            .await
                    } {
                        __retry_utils::Err(__retry_utils_failed) => {
                            if !__retry_utils_series
                                .failed(
                                    &__retry_utils::STANDARD,
                                    __RETRY_UTILS_METHOD.name::<Self>(),
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
                            {
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
