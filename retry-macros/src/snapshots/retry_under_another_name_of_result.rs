#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Answer {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private::{
            self as __retry_utils, Err as __retry_utils_err, Ok as __retry_utils_ok,
        };
        __retry_utils::Outcome::from_result({
            let mut __retry_utils_series = __retry_utils::Series::new();
            loop {
                {
                    let __retry_utils_outcome = {
                        type __RetryUtilsSlotR = ();
                        __retry_utils::Outcome::into_result(
                            async {
                                if let __retry_utils_ok(__retry_utils_outcome) = __retry_utils_err::<
                                    Answer,
                                    (),
                                >(()) {
                                    return __retry_utils_outcome;
                                }
                                g().await
                            }
                                .await,
                        )
                    };
                    match __retry_utils_outcome {
                        __retry_utils_ok(__retry_utils_value) => {
                            break __retry_utils_ok(__retry_utils_value);
                        }
                        __retry_utils_err(__retry_utils_failed) => {
                            let __retry_utils_error = &__retry_utils_failed;
                            if !__retry_utils_series
                                .failed(
                                    &__retry_utils::STANDARD,
                                    ::core::concat!(::core::module_path!(), "::f"),
                                    __retry_utils::classified(
                                        __retry_utils::Retryable::failure_kind(__retry_utils_error),
                                        __retry_utils::Retryable::retry_after(__retry_utils_error),
                                        __retry_utils::Shown::shown(__retry_utils_error),
                                    ),
                                )
                            {
                                break __retry_utils_err(__retry_utils_failed);
                            }
                        }
                    }
                }
                __retry_utils_series.wait().await;
            }
        })
    }
}
