#[rustfmt::__retry_utils_layer_async_retry()]
async fn f(&self) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        const _: () = __retry_utils::check(&STANDARD);
        static __RETRY_UTILS_METHOD: __retry_utils::Method = __retry_utils::Method::new(
            ::core::module_path!(),
            "f",
        );
        let mut __retry_utils_series = __retry_utils::Sequence::of(&STANDARD);
        loop {
            {
                match match '__retry_utils_slot_rs: {
                    async {
                        if false {
                            return __retry_utils::never::<Result<_, Failed>>();
                        }
                        g().await
                    }
                        .await
                } {
                    __retry_utils::Err(__retry_utils_error) => {
                        __retry_utils::Err(__retry_utils_error)
                    }
                    __retry_utils::Ok(__retry_utils_given) => {
                        let __retry_utils_opened = <_ as __retry_utils::Layered<
                            _,
                        >>::opened(__retry_utils_given);
                        let mut __retry_utils_stream = __retry_utils::Moves::of(
                                &__retry_utils_opened,
                            )
                            .__retry_utils_movable(__retry_utils_opened);
                        match __retry_utils::ReadFirst(&mut __retry_utils_stream).await {
                            __retry_utils::Err(__retry_utils_error) => {
                                __retry_utils::Err(
                                    <_ as __retry_utils::ItemError<
                                        Failed,
                                    >>::of_call(__retry_utils_error),
                                )
                            }
                            __retry_utils::Ok(()) => {
                                __retry_utils::Ok(__retry_utils_stream)
                            }
                        }
                    }
                } {
                    __retry_utils::Err(__retry_utils_failed) => {
                        if !__retry_utils_series
                            .failed(
                                &STANDARD,
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
                    __retry_utils::Ok(__retry_utils_value) => {
                        break __retry_utils::Ok(__retry_utils_value);
                    }
                }
            }
            __retry_utils_series.wait().await;
        }
    }
}
