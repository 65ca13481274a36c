//! What a server says when it refuses: a code, the code's name and a message.

use std::borrow::Cow;

use bson::{Document, doc};

/// The outcome of everything that may be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal, in the server's own words: what a driver sees in a reply with `ok: 0`, in `writeErrors`
/// or in `writeConcernError`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The server's number of the error; see [`code`] for those that have a name.
    pub code: i32,
    /// The server's text (`errmsg`).
    pub message: String,
    /// Further fields of the reply, in their order: `keyPattern` and `keyValue` of a duplicate key,
    /// `errInfo` of a failed validation, `errorLabels` of a transaction's conflict.
    /// Boxed: every result is as large as its error, and most are no errors.
    pub extra: Box<Document>,
    /// Whether it was found while constant parts of expressions were computed and not while parsing: the
    /// server does that after all parsing, and says so.
    pub optimizing: bool,
}

impl Error {
    /// A refusal with nothing but a code and a text.
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            extra: Box::default(),
            optimizing: false,
        }
    }

    /// [`code::BAD_VALUE`].
    pub fn bad_value(message: impl Into<String>) -> Self {
        Self::new(code::BAD_VALUE, message)
    }

    /// [`code::FAILED_TO_PARSE`].
    pub fn failed_to_parse(message: impl Into<String>) -> Self {
        Self::new(code::FAILED_TO_PARSE, message)
    }

    /// [`code::TYPE_MISMATCH`].
    pub fn type_mismatch(message: impl Into<String>) -> Self {
        Self::new(code::TYPE_MISMATCH, message)
    }

    /// The same with one more field of the reply.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<bson::Bson>) -> Self {
        self.extra.insert(field, value);
        self
    }

    /// The same, found while constants were computed.
    #[must_use]
    pub fn while_optimizing(mut self) -> Self {
        self.optimizing = true;
        self
    }

    /// The same with the context that the server adds to mistakes of parsing only (`Invalid $project`).
    #[must_use]
    pub fn parse_context(self, context: &str) -> Self {
        match self.optimizing {
            true => self,
            false => self.context(context),
        }
    }

    /// The same with a text before its own, as the server adds `context :: caused by :: `.
    #[must_use]
    pub fn context(mut self, context: &str) -> Self {
        self.message = format!("{context} :: caused by :: {}", self.message);
        self
    }

    /// The name of the code: `BadValue`, or `Location40324` for those that have none.
    #[must_use]
    pub fn code_name(&self) -> Cow<'static, str> {
        code::name(self.code)
    }

    /// The reply of a command that failed with it.
    #[must_use]
    pub fn to_reply(&self) -> Document {
        let mut reply = doc! {
            "ok": 0.0,
            "errmsg": &self.message,
            "code": self.code,
            "codeName": self.code_name().as_ref(),
        };
        reply.extend(Document::clone(&self.extra));
        reply
    }
}

macro_rules! codes {
    ($($constant:ident = $number:literal, $name:literal;)*) => {
        /// The server's error codes that have a name (server source `error_codes.yml`, 6.0).
        pub mod code {
            use std::borrow::Cow;

            $(
                #[doc = concat!("`", $name, "`")]
                pub const $constant: i32 = $number;
            )*

            /// The name of a code: `BadValue`, or `Location40324` for those that have none.
            #[must_use]
            pub fn name(code: i32) -> Cow<'static, str> {
                match code {
                    $($number => Cow::Borrowed($name),)*
                    other => match super::super::error_names::name(other) {
                        Some(name) => Cow::Borrowed(name),
                        None => Cow::Owned(format!("Location{other}")),
                    },
                }
            }
        }
    };
}

codes! {
    INTERNAL_ERROR = 1, "InternalError";
    BAD_VALUE = 2, "BadValue";
    NO_SUCH_KEY = 4, "NoSuchKey";
    GRAPH_CONTAINS_CYCLE = 5, "GraphContainsCycle";
    HOST_UNREACHABLE = 6, "HostUnreachable";
    HOST_NOT_FOUND = 7, "HostNotFound";
    UNKNOWN_ERROR = 8, "UnknownError";
    FAILED_TO_PARSE = 9, "FailedToParse";
    CANNOT_MUTATE_OBJECT = 10, "CannotMutateObject";
    USER_NOT_FOUND = 11, "UserNotFound";
    UNSUPPORTED_FORMAT = 12, "UnsupportedFormat";
    UNAUTHORIZED = 13, "Unauthorized";
    TYPE_MISMATCH = 14, "TypeMismatch";
    OVERFLOW = 15, "Overflow";
    INVALID_LENGTH = 16, "InvalidLength";
    PROTOCOL_ERROR = 17, "ProtocolError";
    AUTHENTICATION_FAILED = 18, "AuthenticationFailed";
    CANNOT_REUSE_OBJECT = 19, "CannotReuseObject";
    ILLEGAL_OPERATION = 20, "IllegalOperation";
    EMPTY_ARRAY_OPERATION = 21, "EmptyArrayOperation";
    INVALID_BSON = 22, "InvalidBSON";
    ALREADY_INITIALIZED = 23, "AlreadyInitialized";
    LOCK_TIMEOUT = 24, "LockTimeout";
    REMOTE_VALIDATION_ERROR = 25, "RemoteValidationError";
    NAMESPACE_NOT_FOUND = 26, "NamespaceNotFound";
    INDEX_NOT_FOUND = 27, "IndexNotFound";
    PATH_NOT_VIABLE = 28, "PathNotViable";
    NON_EXISTENT_PATH = 29, "NonExistentPath";
    INVALID_PATH = 30, "InvalidPath";
    ROLE_NOT_FOUND = 31, "RoleNotFound";
    CANNOT_CREATE_INDEX = 67, "CannotCreateIndex";
    INVALID_ROLE_MODIFICATION = 35, "InvalidRoleModification";
    CURSOR_NOT_FOUND = 43, "CursorNotFound";
    NAMESPACE_EXISTS = 48, "NamespaceExists";
    MAX_TIME_MS_EXPIRED = 50, "MaxTimeMSExpired";
    DOLLAR_PREFIXED_FIELD_NAME = 52, "DollarPrefixedFieldName";
    INVALID_ID_FIELD = 53, "InvalidIdField";
    NOT_SINGLE_VALUE_FIELD = 54, "NotSingleValueField";
    INVALID_DBREF = 55, "InvalidDBRef";
    EMPTY_FIELD_NAME = 56, "EmptyFieldName";
    DOTTED_FIELD_NAME = 57, "DottedFieldName";
    CANNOT_BACKFILL_ARRAY = 34, "CannotBackfillArray";
    CONFLICTING_UPDATE_OPERATORS = 40, "ConflictingUpdateOperators";
    NOT_EXACT_VALUE_FIELD = 111, "NotExactValueField";
    QUERY_FEATURE_NOT_ALLOWED = 224, "QueryFeatureNotAllowed";
    COMMAND_NOT_FOUND = 59, "CommandNotFound";
    WRITE_CONCERN_FAILED = 64, "WriteConcernFailed";
    MULTIPLE_ERRORS_OCCURRED = 65, "MultipleErrorsOccurred";
    IMMUTABLE_FIELD = 66, "ImmutableField";
    INDEX_ALREADY_EXISTS = 68, "IndexAlreadyExists";
    INVALID_OPTIONS = 72, "InvalidOptions";
    INVALID_NAMESPACE = 73, "InvalidNamespace";
    NO_REPLICATION_ENABLED = 76, "NoReplicationEnabled";
    UNKNOWN_REPL_WRITE_CONCERN = 79, "UnknownReplWriteConcern";
    INDEX_OPTIONS_CONFLICT = 85, "IndexOptionsConflict";
    INDEX_KEY_SPECS_CONFLICT = 86, "IndexKeySpecsConflict";
    OPERATION_FAILED = 96, "OperationFailed";
    DOCUMENT_VALIDATION_FAILURE = 121, "DocumentValidationFailure";
    COMMAND_FAILED = 125, "CommandFailed";
    CAPPED_POSITION_LOST = 136, "CappedPositionLost";
    COMMAND_NOT_SUPPORTED_ON_VIEW = 166, "CommandNotSupportedOnView";
    OPTION_NOT_SUPPORTED_ON_VIEW = 167, "OptionNotSupportedOnView";
    INVALID_PIPELINE_OPERATOR = 168, "InvalidPipelineOperator";
    COMMAND_ON_SHARDED_VIEW = 169, "CommandOnShardedViewNotSupportedOnMongod";
    TOO_MANY_LOGICAL_SESSIONS = 261, "TooManyLogicalSessions";
    VIEW_DEPTH_LIMIT_EXCEEDED = 165, "ViewDepthLimitExceeded";
    INVALID_VIEW_DEFINITION = 182, "InvalidViewDefinition";
    QUERY_PLAN_KILLED = 175, "QueryPlanKilled";
    INVALID_INDEX_SPECIFICATION_OPTION = 197, "InvalidIndexSpecificationOption";
    NO_SUCH_TRANSACTION = 251, "NoSuchTransaction";
    TRANSACTION_COMMITTED = 256, "TransactionCommitted";
    TRANSACTION_TOO_OLD = 225, "TransactionTooOld";
    ATOMICITY_FAILURE = 226, "AtomicityFailure";
    CONFLICTING_OPERATION_IN_PROGRESS = 117, "ConflictingOperationInProgress";
    NAMESPACE_NOT_SHARDED = 118, "NamespaceNotSharded";
    WRITE_CONFLICT = 112, "WriteConflict";
    INTERRUPTED = 11601, "Interrupted";
    INTERRUPTED_AT_SHUTDOWN = 11600, "InterruptedAtShutdown";
    INTERRUPTED_DUE_TO_REPL_STATE_CHANGE = 11602, "InterruptedDueToReplStateChange";
    DURATION_OVERFLOW = 159, "DurationOverflow";
    DUPLICATE_KEY = 11000, "DuplicateKey";
    NOT_WRITABLE_PRIMARY = 10107, "NotWritablePrimary";
    BSON_OBJECT_TOO_LARGE = 10334, "BSONObjectTooLarge";
    NOT_PRIMARY_NO_SECONDARY_OK = 13435, "NotPrimaryNoSecondaryOk";
    NOT_PRIMARY_OR_SECONDARY = 13436, "NotPrimaryOrSecondary";
    SHUTDOWN_IN_PROGRESS = 91, "ShutdownInProgress";
    PRIMARY_STEPPED_DOWN = 189, "PrimarySteppedDown";
    NETWORK_TIMEOUT = 89, "NetworkTimeout";
    SOCKET_EXCEPTION = 9001, "SocketException";
    CURSOR_IN_USE = 143, "CursorInUse";
    INVALID_UUID = 207, "InvalidUUID";
    OUT_OF_DISK_SPACE = 14031, "OutOfDiskSpace";
    COMMAND_NOT_SUPPORTED = 115, "CommandNotSupported";
    NOT_IMPLEMENTED = 238, "NotImplemented";
    CHANGE_STREAM_FATAL_ERROR = 280, "ChangeStreamFatalError";
    CHANGE_STREAM_HISTORY_LOST = 286, "ChangeStreamHistoryLost";
    INVALID_RESUME_TOKEN = 260, "InvalidResumeToken";
    QUERY_EXCEEDED_MEMORY_LIMIT = 292, "QueryExceededMemoryLimitNoDiskUseAllowed";
    NO_MATCHING_DOCUMENT = 47, "NoMatchingDocument";
    NO_QUERY_EXECUTION_PLANS = 291, "NoQueryExecutionPlans";
    OPERATION_NOT_SUPPORTED_IN_TRANSACTION = 263, "OperationNotSupportedInTransaction";
    TRANSACTION_EXCEEDED_LIFETIME = 290, "TransactionExceededLifetimeLimitSeconds";
    TEMPORARILY_UNAVAILABLE = 365, "TemporarilyUnavailable";
    EXCEEDED_MEMORY_LIMIT = 146, "ExceededMemoryLimit";
    DATABASE_DIFFER_CASE = 13297, "DatabaseDifferCase";
    MERGE_STAGE_NO_MATCHING_DOCUMENT = 13113, "MergeStageNoMatchingDocument";
    KEY_TOO_LONG = 17280, "KeyTooLong";
    INCOMPLETE_TRANSACTION_HISTORY = 217, "IncompleteTransactionHistory";
    CANNOT_CONVERT_VALUE = 241, "ConversionFailure";
    MAX_SUB_PIPELINE_DEPTH_EXCEEDED = 232, "MaxSubPipelineDepthExceeded";
    API_VERSION_ERROR = 322, "APIVersionError";
    API_STRICT_ERROR = 323, "APIStrictError";
    API_DEPRECATION_ERROR = 324, "APIDeprecationError";
    OPERATION_NOT_SUPPORTED_ON_VIEW = 303, "FeatureNotSupported";
    CANNOT_INDEX_PARALLEL_ARRAYS = 171, "CannotIndexParallelArrays";
    UNSATISFIABLE_COMMIT_QUORUM = 278, "UnsatisfiableCommitQuorum";
    SNAPSHOT_UNAVAILABLE = 246, "SnapshotUnavailable";
    SNAPSHOT_TOO_OLD = 239, "SnapshotTooOld";
    AMBIGUOUS_INDEX_KEY_PATTERN = 181, "AmbiguousIndexKeyPattern";
    NOT_A_RETRYABLE_WRITE_COMMAND = 50768, "NotARetryableWriteCommand";
    DATA_CORRUPTION_DETECTED = 301, "DataCorruptionDetected";
}
