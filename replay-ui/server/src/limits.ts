/** Every bound of the replay server, in one place. */
export const replayRowsPerPage = 200
export const columnsMax = 100_000
export const gapsMax = 1_000
/** Of a question that names no beginning. */
export const rangeDaysDefault = 366
/** Exports at once, of all callers: each reads the store for as long as it goes on. */
export const exportsAtOnceMax = 4
/** Of a file that is sent: how long nothing moves before it is taken for unread. */
export const fileStallMs = 120_000
/** How often it is looked whether the caller of a long answer may still have it. */
export const longAnswerCheckMs = 500
export const verifiesAtOnceMax = 4
/** Of a file: rows that are read at once, between these, so that they make about as many bytes. */
export const exportPageRowsMin = 500
export const exportPageRowsMax = 5_000
export const exportPageBytes = 4 * 1024 * 1024
/** Of evidence. */
export const evidenceWritersMax = 1_000
export const policyLoadsMax = 10_000
/** Of a run, shown with its answer. */
export const runSessionsMax = 1_000
export const runPrincipalsMax = 100
/** What a statement touched, in the timeline of a run. */
export const touchesOfMarkMax = 50
/** Moments to jump to that an answer carries per session of a run. */
export const momentsPerSessionMax = 50
export const touchesPerSessionMax = 200
export const sessionsPerRunMax = 200
export const sessionsPerRunMin = 10
/** Sessions shown in one answer, over all of its runs; each run shows some. */
export const sessionsShownMax = 2_000
/** First touches shown in one answer, over all sessions; each session shows some. */
export const touchesShownMax = 6_000
export const touchesPerSessionMin = 3
/** Of a run, in an answer. */
export const connectionsPerRunMax = 100

export const queryTimeoutMs = 30_000
/** Questions that wait for the store; more are refused. */
export const queriesWaitingMax = 64

export const bodyBytesMax = 64 * 1024
export const requestTimeoutMs = 30_000
export const connectionsMax = 500

/** Open sessions that are shown at once, how long ago they began at most, and refused callers. */
export const nowSessionsMax = 200
export const nowHoursMax = 24 * 8
export const nowCallersMax = 200
export const connectionsShownMax = 500
/** Runs and connections of one principal in an answer. */
export const principalRowsMax = 500
export const principalDaysDefault = 90
/** Loadings of policies that are looked through for their sets, the newest. */
export const policyLoadingsMax = 5_000
export const policySetsMax = 200
export const policyLoadingsShownMax = 20
export const policyRefusalsMax = 50
export const policyDaysDefault = 7
export const auditLogDaysDefault = 7
export const writersShownMax = 200
export const gapsShownMax = 20
/** A writer has a record every 5 s; what is on its way takes some seconds too. */
export const writerSilentMs = 60_000

/** Sockets of live views: of all callers, and of one. */
export const liveSocketsMax = 200
export const liveSocketsPerCallerMax = 16
/** What may wait for a reader: with more it is closed. Less must wait before the past is read on for it. */
export const liveWaitingBytesMax = 4 * 1024 * 1024
export const liveRoomBytes = 1024 * 1024
/** What a client may send at once, and how often a minute: nothing of it is read. */
export const liveClientBytesMax = 1024
export const liveClientFramesMax = 120
/** How often a watched session is looked at; and after the store did not answer. */
export const livePollMs = 1_000
export const liveTroubleMs = 5_000
/** How often a socket must show that it lives, and its caller that it still may. */
export const liveCheckMs = 5_000
export const livePageStatements = 500
export const livePagesMax = 20
/** The last statements that are looked at for their answer. */
export const liveStatementsWatched = 200

export const webSessionsMax = 10_000
export const loginsPendingMax = 1_000
export const loginMs = 600_000
/** One-time links that are open at once, and for how long. */
export const linksMax = 16
export const linkMs = 600_000
/** Per address and minute. */
export const loginAttemptsMax = 30
export const failedTokensMax = 60
export const publishesMax = 120
/** Values that one caller may ask for, per minute. */
export const subjectAsksMax = 30
/** Touches of one value in an answer, the newest first. */
export const subjectTouchesMax = 5_000
/** Entities other than ours of which values were touched. */
export const entitiesMax = 500
/** Saved questions, of everybody and of one person; what was deleted counts until it is forgotten. */
export const savedQuestionsMax = 2_000
export const savedQuestionsOfOneMax = 200
export const rateWindowMs = 60_000
export const rateAddressesMax = 10_000

/** Records read at once for a replay: few to begin with, as most answers are short. */
export const recordsPerReadMin = 16
export const recordsPerReadMax = 128
/** Of a page far into an answer, of which it is known how many records its rows take. */
export const recordsPerPageMax = 256
/** Sessions of which it is kept where things are in them. */
export const replaySessionsMax = 200
/** For how long that is believed; and for how long what a statement touched, which a scan may add to, is. */
export const replayKeptMs = 300_000
export const statementKeptMs = 20_000
/** Statements that were shown last, and blocks of chunks that were looked into last, of all sessions. */
export const statementsKeptMax = 2_000
export const blocksKeptMax = 200
/** Of a statement in a timeline. */
export const timelineTextCharacters = 2_000
/** Sessions of which marks are kept: of ten million statements they are 5 MB. */
export const marksKeptMax = 50
/** Of a statement that is kept. */
export const touchesKeptMax = 64
/** Statements between two marks: so many more than are wanted are read where a moment is looked for. */
export const statementsPerMark = 32
/** Records of a session of which the index is kept together. */
export const recordsPerBlock = 1_024
/** Seqs in which the last ReadyForQuery is looked for: with those that follow, and alone, to begin with. */
export const readyNear = 64
export const readyWindow = 512
/** Bytes of frames that one page of a replay may read. */
export const replayBytesMax = 64 * 1024 * 1024

/** Frames from before a replay that are read to know prepared statements and portals. */
export const preparationFramesMax = 20_000
/** Blocks in which something is prepared that are read for it. */
export const preparationBlocksFirst = 2
export const preparationBlocksLast = 8
export const preparationBytesMax = 16 * 1024 * 1024
/** Sentences below a transcript about what was found. */
export const findingsMax = 20

/** Records of one read while verifying. */
export const verifyRecordsPerRead = 5_000
export const verifyFailuresMax = 10_000

/** Moments of a session that its strip shows, per kind. */
export const momentsPerKindMax = 250
export const momentLabelCharacters = 120
/** Places that one statement touched. */
export const touchesPerMomentMax = 1_000

/** Words of a search. */
export const searchWordsMax = 32
/** Of the beginning of a word that is searched for. */
export const searchPrefixCharactersMin = 3
/** For a search to find its hits; what was found by then is shown. */
export const searchMs = 10_000
/** Rows that one span of time of a search may read. */
export const searchRowsReadMax = 500_000_000
/** Hits whose statement is looked up in one question. */
export const searchPlacesPerQuery = 25
/** Records between a statement and what it showed, over which its page is counted. */
export const searchPageRecordsMax = 100_000
/** Of a frame that is shown in words, and of those in hex. */
export const frameBytesShown = 4_096
export const frameHexBytes = 512

/** Of a terminal session, read at once: bytes, with one record more at most; records; and records between two pictures. */
export const terminalReadBytes = 1024 * 1024
/** Of a frame, about, besides its bytes. */
export const terminalFrameBytesBeside = 32
export const recordsPerTerminalReadMax = 16_384
export const terminalSliceRecords = 2_048
/** Output from one picture of a terminal to the next: taken as soon as a picture shows all of it, and at the latest. */
export const keyframeBytesMin = 128 * 1024
export const keyframeBytesMax = 256 * 1024
/** After so much it is taken even where it is not exact: what one answer reads is bounded. */
export const keyframeBytesForced = 1024 * 1024
/** Characters that wait to be drawn. */
export const screenPendingMax = 256 * 1024
/** Of a picture, about, besides its state. */
export const keyframeBytesBeside = 512
/** Of all sessions together. */
export const keyframesBytesMax = 64 * 1024 * 1024
/** Of pictures, after the last of them was made; and how often it is looked for old ones. */
export const keyframesKeptMs = 300_000
export const keyframesForgetMs = 60_000
/** How long an answer waits for a picture that is being made; then it is of the last output alone. */
export const keyframeWaitMs = 800
/** Pictures are made on as long as somebody has looked at the terminal so lately. */
export const keyframesUnaskedMs = 60_000
/** A thread without work ends. */
export const keyframeThreadIdleMs = 30_000
export const keyframeThreadHeapMiB = 256
/** Of a picture that was not made: output before the moment, and after it. */
export const nearBytesBefore = 192 * 1024
export const nearBytesAfter = 64 * 1024
/** Records of a terminal of which the output is kept together. */
export const recordsPerTerminalBlock = 256
export const nearBlocksMax = 64
/** Terminals that are being read at once. */
export const keyframesSessionsMax = 4
export const terminalScrollbackRows = 200

/** Statements of an export of which the answers are still coming in. */
export const exportOpenMax = 1_000
export const exportStatementsPerRead = 500
/** Of a statement's transcript as asciicast. */
export const castColumns = 160
export const castRows = 48
/** Seqs in which a text is looked for at once, and how long one answer may look. */
export const findWindowMin = 8_192
export const findWindowMax = 131_072
export const findMsMax = 1_500
/** Of a terminal before a place where looking goes on, in which the text may have begun: back to the end of a line, at most so far. */
export const findPrimedRecordsMin = 16
export const findPrimedRecordsMax = 4_096
export const findPrimedBytesMax = 256 * 1024
export const excerptCharacters = 60
