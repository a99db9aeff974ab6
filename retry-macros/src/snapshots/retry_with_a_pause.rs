#[rustfmt::__retry_utils_layer_async_retry()]
async fn f(&mut self) -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        static __RETRY_UTILS_REPORTED: __retry_utils::PolicyReports = __retry_utils::PolicyReports::new();
        static __RETRY_UTILS_METHOD: __retry_utils::Method = __retry_utils::Method::new(
            ::core::module_path!(),
            "f",
        );
        let __retry_utils_deadline = __retry_utils::Deadline::within(
            __retry_utils::Limit::limit(::core::time::Duration::new(60u64, 0u32)),
        );
        let mut __retry_utils_series = __retry_utils::Sequence::new();
        loop {
            let (__retry_utils_last, __retry_utils_kind) = {
                let __retry_utils_limit = ::core::option::Option::None;
                let mut __retry_utils_cut = ::core::option::Option::None;
                match match __retry_utils_series
                    .limited(
                        __retry_utils_limit,
                        __retry_utils_deadline.as_ref(),
                        async {
                            '__retry_utils_slot_r: {
                                async {
                                    if false {
                                        return __retry_utils::never::<Result<u32, Failed>>();
                                    }
                                    let _ = &mut *self;
                                    self.g().await
                                }
                                    .await
                            }
                        },
                    )
                    .await
                {
                    __retry_utils::Ok(__retry_utils_outcome) => __retry_utils_outcome,
                    __retry_utils::Err(__retry_utils_timed_out) => {
                        __retry_utils::Err(
                            __retry_utils::FromTimedOut::cut_short(
                                __retry_utils_timed_out,
                                &mut __retry_utils_cut,
                            ),
                        )
                    }
                } {
                    __retry_utils::Err(__retry_utils_failed) => {
                        match {
                            let __retry_utils_owner = &self.policy;
                            let __retry_utils_policy: &__retry_utils::RetryConfig = __retry_utils_owner;
                            let __retry_utils_failure = __retry_utils::explained(
                                match __retry_utils_cut {
                                    ::core::option::Option::Some(__retry_utils_cut) => {
                                        __retry_utils::Failure::timed_out(
                                            __retry_utils_cut,
                                            __retry_utils::Shown::shown(&__retry_utils_failed),
                                        )
                                    }
                                    ::core::option::Option::None => {
                                        __retry_utils::Failure::of_kind(
                                                __retry_utils::Retryable::failure_kind(
                                                    &__retry_utils_failed,
                                                ),
                                                __retry_utils::Retryable::retry_hint(&__retry_utils_failed),
                                                __retry_utils::Shown::shown(&__retry_utils_failed),
                                            )
                                            .opaque_if(|| __retry_utils::Retryable::__retry_utils_is_opaque(
                                                &__retry_utils_failed,
                                            ))
                                    }
                                },
                                __retry_utils::Judged(&__retry_utils_failed)
                                    .__retry_utils_error(),
                                __retry_utils::Judged(&__retry_utils_failed)
                                    .__retry_utils_as_error(),
                            );
                            __retry_utils_series
                                .failed_call(
                                    __retry_utils::Call::evaluated(
                                            __retry_utils_policy,
                                            __RETRY_UTILS_METHOD.name::<Self>(),
                                            &__RETRY_UTILS_REPORTED,
                                        )
                                        .before(__retry_utils_deadline.as_ref()),
                                    __retry_utils_failure,
                                )
                                .then_some(__retry_utils_failure.kind())
                        } {
                            ::core::option::Option::Some(__retry_utils_kind) => {
                                (__retry_utils_failed, __retry_utils_kind)
                            }
                            ::core::option::Option::None => {
                                break __retry_utils::Err(__retry_utils_failed);
                            }
                        }
                    }
                    __retry_utils_outcome => break __retry_utils_outcome,
                }
            };
            let __retry_utils_ended = {
                let __retry_utils_failed = &__retry_utils_last;
                __retry_utils_series
                    .before_retry(
                        __retry_utils_deadline.as_ref(),
                        __retry_utils::BeforeRetry::awaiting(
                            __retry_utils::async_hook(
                                __retry_utils_failed,
                                async |error| self.refresh(error).await,
                            )(__retry_utils_failed),
                        ),
                    )
                    .await
            };
            let __retry_utils_ended = match __retry_utils_ended {
                ::core::option::Option::None => {
                    __retry_utils_series
                        .wait()
                        .unless(
                            __retry_utils::StopOn::awaiting((self.stop.cancelled(),).0),
                            __retry_utils_deadline.as_ref(),
                        )
                        .await
                }
                __retry_utils_ended => __retry_utils_ended,
            };
            if let ::core::option::Option::Some(__retry_utils_reason) = __retry_utils_ended {
                {
                    let __retry_utils_owner = &self.policy;
                    let __retry_utils_policy: &__retry_utils::RetryConfig = __retry_utils_owner;
                    let __retry_utils_failure = {
                        let __retry_utils_failed = &__retry_utils_last;
                        __retry_utils::explained(
                            __retry_utils::Failure::retried(
                                __retry_utils_kind,
                                __retry_utils::Judged(__retry_utils_failed)
                                    .__retry_utils_shown(),
                            ),
                            __retry_utils::Judged(__retry_utils_failed)
                                .__retry_utils_error(),
                            __retry_utils::Judged(__retry_utils_failed)
                                .__retry_utils_as_error(),
                        )
                    };
                    let __retry_utils_call = __retry_utils::Call::new(
                        __retry_utils_policy,
                        __RETRY_UTILS_METHOD.name::<Self>(),
                    );
                    __retry_utils_series
                        .ended(
                            __retry_utils_call,
                            __retry_utils_failure,
                            __retry_utils_reason,
                        );
                }
                break __retry_utils::Err(__retry_utils_last);
            }
        }
    }
}
