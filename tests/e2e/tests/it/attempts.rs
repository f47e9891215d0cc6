//! Every operation of the schema, tried on somebody else's tenant. One row per attempt.
//!
//! A variable `$bTicket` is the neighbour's (`Ticket` of [`House::things`](crate::neighbours::House)), `$aTicket` one's
//! own. `...T` and the like are spread into every document that names them ([`FRAGMENTS`]).

/// How an attempt must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Refused, with a code that gives nothing away.
    Refused,
    /// What the schema calls absent (a look-up of one thing, by its id or name): answered in every byte as what never
    /// existed is.
    Absent,
    /// Refused, or a problem in the payload and nothing done: one's own thing was to be joined to the neighbour's.
    NotDone,
    /// One's own data, or nothing at all.
    Own,
}

/// Which neighbours an attempt is made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// A tenant of another provider, and another tenant of the same one.
    Everybody,
    /// Of another provider alone: within one provider, whoever assigns staff may see and do this.
    Strangers,
}

/// One attempt.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// One operation with one root field.
    pub document: &'static str,
    /// How it must end.
    pub end: End,
    /// On whom it is made.
    pub whom: Whom,
}

pub(crate) const fn refused(document: &'static str) -> Attempt {
    Attempt {
        document,
        end: End::Refused,
        whom: Whom::Everybody,
    }
}

const fn absent(document: &'static str) -> Attempt {
    Attempt {
        document,
        end: End::Absent,
        whom: Whom::Everybody,
    }
}

pub(crate) const fn not_done(document: &'static str) -> Attempt {
    Attempt {
        document,
        end: End::NotDone,
        whom: Whom::Everybody,
    }
}

const fn own(document: &'static str) -> Attempt {
    Attempt {
        document,
        end: End::Own,
        whom: Whom::Everybody,
    }
}

const fn strangers(attempt: Attempt) -> Attempt {
    Attempt {
        whom: Whom::Strangers,
        ..attempt
    }
}

/// What attempts ask to see: as many words as there are.
pub const FRAGMENTS: &[(&str, &str)] = &[
    (
        "T",
        "fragment T on Ticket { id number version subject description state priority reopenableUntil requester { id name email } \
         application { id code name } vendor { id name } category { id name } attributes { name value } \
         assignment { group { id name } holder { id name } reason } clocks { id target targetSeconds agreement { name } } \
         timeline(first: 10) { nodes { id body by { person { name } } recordedOwner } } \
         links { id kind ticket { subject } } suggestedArticles { id title } }",
    ),
    (
        "R",
        "fragment R on Article { id title body state revision }",
    ),
    (
        "G",
        "fragment G on ResolverGroup { id name active line version members { name } }",
    ),
    (
        "C",
        "fragment C on Calendar { id name version versions { timeZone } }",
    ),
    (
        "S",
        "fragment S on Agreement { id name version archivedAt versions { calendar targets { seconds applications { name } } } }",
    ),
    (
        "P",
        "fragment P on Person { id name email roles vip site { id name } active version }",
    ),
    (
        "A",
        "fragment A on Application { id code name retired version owner { name } }",
    ),
    (
        "W",
        "fragment W on WorklistItem { number state priority tenant { slug name } ticket { subject } group { name } holder { name } }",
    ),
    (
        "H",
        "fragment H on TicketAssignment { group { name } holder { name } version }",
    ),
];

/// Questions.
pub const QUERIES: &[Attempt] = &[
    // intake
    absent("query($bTicket: ID!) { ticket(id: $bTicket) { ...T } }"),
    refused(
        "query($bNumber: String!, $bTenant: ID) { ticketByNumber(number: $bNumber, tenant: $bTenant) { ...T } }",
    ),
    own("query($bNumber: String!) { ticketByNumber(number: $bNumber) { subject } }"),
    refused("query($bTenant: ID) { tickets(tenant: $bTenant, first: 5) { nodes { ...T } } }"),
    own(
        "query($bCategory: ID) { tickets(filter: {category: $bCategory}, first: 5) { nodes { subject } } }",
    ),
    own(
        "query($bApplication: ID) { tickets(filter: {application: $bApplication}, first: 5) { nodes { subject } } }",
    ),
    own(
        "query($bPerson: ID) { tickets(filter: {requester: $bPerson}, first: 5) { nodes { subject } } }",
    ),
    refused(
        "query($bTenant: ID, $bWord: String!) { searchTickets(tenant: $bTenant, text: $bWord, first: 5) { nodes { ...T } } }",
    ),
    own("query($bWord: String!) { searchTickets(text: $bWord, first: 5) { nodes { subject } } }"),
    refused("query($bTenant: ID) { categories(tenant: $bTenant) { id name retired } }"),
    refused(
        "query($bTenant: ID) { contacts(tenant: $bTenant, first: 5) { nodes { id person { name } ticket { subject } outcome } } }",
    ),
    own("query($bPerson: ID) { contacts(filter: {person: $bPerson}, first: 5) { nodes { id } } }"),
    own("query($bTicket: ID) { contacts(filter: {ticket: $bTicket}, first: 5) { nodes { id } } }"),
    refused(
        "query($bTenant: ID) { priorityMatrix(tenant: $bTenant) { audience impact urgency priority } }",
    ),
    refused("query($bTenant: ID) { reopeningWindow(tenant: $bTenant) { hours } }"),
    // routing
    refused("query($bTenant: ID) { groups(tenant: $bTenant, includeInactive: true) { ...G } }"),
    own("{ groups(includeInactive: true) { id name } }"),
    refused(
        "query($bTenant: ID) { routingRules(tenant: $bTenant) { version defaultGroup { name } tenant { name } \
             rules { id category application { name } group { name } } } }",
    ),
    refused(
        "query($bTenant: ID!) { worklist(filter: {tenants: [$bTenant]}, first: 5) { totalCount nodes { ...W } } }",
    ),
    own(
        "query($bGroup: ID!) { worklist(filter: {groups: [$bGroup]}, first: 5) { nodes { ...W } } }",
    ),
    own(
        "query($bStaffPerson: ID) { worklist(filter: {holder: $bStaffPerson}, first: 5) { nodes { ...W } } }",
    ),
    own(
        "query($bPosition: String) { worklist(afterPosition: $bPosition, first: 5) { nodes { ...W } } }",
    ),
    // reporting
    refused(
        "query($bTenant: ID) { indicators(tenant: $bTenant, groupBy: [GROUP, APPLICATION]) { cases events groups { keys { value } } } }",
    ),
    own(
        "query($bPosition: String) { indicators(afterPosition: $bPosition, groupBy: [GROUP]) { cases groups { keys { value } } } }",
    ),
    own(
        "query($bApplication: String!) { indicators(filter: {applications: [$bApplication]}) { cases } }",
    ),
    // directory
    own(
        "{ me { name email tenants { tenant { slug name } roles } tenant { name } person { name } } }",
    ),
    refused("query($bProviderSlug: String!) { provider(slug: $bProviderSlug) { id name } }"),
    absent("query($bTenant: ID) { tenant(id: $bTenant) { id slug name state } }"),
    absent("query($bSlug: String) { tenant(slug: $bSlug) { id slug name state } }"),
    own("{ tenants(first: 50) { nodes { id slug name } } }"),
    refused("query($bTenant: ID) { people(tenant: $bTenant, first: 50) { nodes { ...P } } }"),
    own("query($bWord: String) { people(search: $bWord) { nodes { name } } }"),
    refused(
        "query($bTenant: ID) { applications(tenant: $bTenant, includeRetired: true) { ...A } }",
    ),
    strangers(refused(
        "query($bProvider: ID) { staff(provider: $bProvider, first: 50) { nodes { id name email assignments { roles endedAt tenant { slug } } } } }",
    )),
    own(
        "{ staff(first: 50) { nodes { id name email assignments { tenant { slug name } roles } } } }",
    ),
    refused("query($bTenant: ID) { apiKeys(tenant: $bTenant) { id name prefix revokedAt } }"),
    // knowledge
    absent("query($bArticle: ID!) { article(id: $bArticle) { ...R } }"),
    refused("query($bTenant: ID) { articles(tenant: $bTenant, first: 5) { nodes { ...R } } }"),
    refused(
        "query($bTenant: ID, $bWord: String!) { searchArticles(tenant: $bTenant, text: $bWord, first: 5) { nodes { ...R } } }",
    ),
    own("query($bWord: String!) { searchArticles(text: $bWord, first: 5) { nodes { ...R } } }"),
    // sla-clock
];

/// Changes.
pub const MUTATIONS: &[Attempt] = &[
    // intake
    refused(
        "mutation($bTenant: ID) { openTicket(input: {tenant: $bTenant, subject: \"intrusa\"}) { ticket { ...T } problems { code message } position } }",
    ),
    not_done(
        "mutation($bApplication: ID) { openTicket(input: {subject: \"propia\", application: $bApplication}) { ticket { ...T } problems { code message } position } }",
    ),
    not_done(
        "mutation($bCategory: ID) { openTicket(input: {subject: \"propia\", category: $bCategory}) { ticket { ...T } problems { code message } position } }",
    ),
    not_done(
        "mutation($bPerson: ID) { openTicket(input: {subject: \"propia\", requester: $bPerson}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { replyToTicket(input: {ticket: $bTicket, body: \"intrusa\"}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { addNote(input: {ticket: $bTicket, body: \"intrusa\"}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { changeTicketState(input: {ticket: $bTicket, to: CLOSED}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { classifyTicket(input: {ticket: $bTicket, major: true}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { restoreService(input: {ticket: $bTicket, workaround: true}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { loseService(input: {ticket: $bTicket}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { recordVendorAnswer(input: {ticket: $bTicket, body: \"intrusa\"}) { ticket { ...T } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTicket: ID!, $bApplication: ID) { classifyTicket(input: {ticket: $aTicket, application: $bApplication}) { ticket { ...T } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTicket: ID!, $bCategory: ID) { classifyTicket(input: {ticket: $aTicket, category: $bCategory}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!, $bOther: ID!) { linkTickets(input: {ticket: $bTicket, other: $bOther, kind: DUPLICATE_OF}) { ticket { ...T } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTicket: ID!, $bTicket: ID!) { linkTickets(input: {ticket: $aTicket, other: $bTicket, kind: RELATED}) { ticket { ...T } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTicket: ID!, $bTicket: ID!) { linkTickets(input: {ticket: $bTicket, other: $aTicket, kind: RELATED}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { splitTicket(input: {ticket: $bTicket, subject: \"intrusa\"}) { ticket { ...T } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTicket: ID!, $bApplication: ID, $bPerson: ID, $bCategory: ID) { splitTicket(input: {ticket: $aTicket, subject: \"propia\", application: $bApplication, category: $bCategory, requester: $bPerson}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bLink: ID!) { unlinkTickets(input: {link: $bLink}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { createCategory(input: {tenant: $bTenant, name: \"intrusa\"}) { category { name } problems { code message } position } }",
    ),
    not_done(
        "mutation($bCategory: ID) { createCategory(input: {parent: $bCategory, name: \"intrusa\"}) { category { name } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { setPriorityMatrix(input: {tenant: $bTenant, cells: [{audience: INTERNAL, impact: LOW, urgency: LOW, priority: CRITICAL}]}) { cells { priority } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { setReopeningWindow(input: {tenant: $bTenant, hours: 1}) { window { hours } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { recordContact(input: {tenant: $bTenant, channel: PHONE, direction: INBOUND, outcome: ANSWERED}) { contact { id } problems { code message } position } }",
    ),
    not_done(
        "mutation($bTicket: ID) { recordContact(input: {ticket: $bTicket, channel: PHONE, direction: INBOUND, outcome: ANSWERED}) { contact { id ticket { subject } } problems { code message } position } }",
    ),
    not_done(
        "mutation($bPerson: ID) { recordContact(input: {person: $bPerson, channel: PHONE, direction: INBOUND, outcome: ANSWERED}) { contact { id person { name } } problems { code message } position } }",
    ),
    // routing
    own(
        "mutation { createGroup(input: {name: \"Grupo de otro intento\", line: 2, speciality: OTHER}) { group { ...G } problems { code message } position } }",
    ),
    refused(
        "mutation($bGroup: ID!) { changeGroup(input: {group: $bGroup, name: \"intruso\"}) { group { ...G } problems { code message } position } }",
    ),
    refused(
        "mutation($bGroup: ID!, $bStaffPerson: ID!) { addGroupMember(input: {group: $bGroup, person: $bStaffPerson}) { group { ...G } problems { code message } position } }",
    ),
    not_done(
        "mutation($aGroup: ID!, $bStaffPerson: ID!) { addGroupMember(input: {group: $aGroup, person: $bStaffPerson}) { group { ...G } problems { code message } position } }",
    ),
    refused(
        "mutation($bGroup: ID!, $bStaffPerson: ID!) { removeGroupMember(input: {group: $bGroup, person: $bStaffPerson}) { group { ...G } problems { code message } position } }",
    ),
    not_done(
        "mutation($aGroup: ID!, $bStaffPerson: ID!) { removeGroupMember(input: {group: $aGroup, person: $bStaffPerson}) { group { ...G } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { takeTicket(input: {ticket: $bTicket}) { assignment { ...H } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { releaseTicket(input: {ticket: $bTicket}) { assignment { ...H } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { moveTicket(input: {ticket: $bTicket, line: 2}) { assignment { ...H } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTicket: ID!, $bGroup: ID) { moveTicket(input: {ticket: $aTicket, group: $bGroup}) { assignment { ...H } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!, $bStaffPerson: ID!) { assignTicket(input: {ticket: $bTicket, holder: $bStaffPerson}) { assignment { ...H } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTicket: ID!, $bStaffPerson: ID!) { assignTicket(input: {ticket: $aTicket, holder: $bStaffPerson}) { assignment { ...H } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTicket: ID!, $aStaffPerson: ID!, $bGroup: ID) { assignTicket(input: {ticket: $aTicket, holder: $aStaffPerson, group: $bGroup}) { assignment { ...H } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { setRoutingRules(input: {tenant: $bTenant, rules: []}) { routingRules { version } problems { code message } position } }",
    ),
    not_done(
        "mutation($bGroup: ID!) { setRoutingRules(input: {rules: [{group: $bGroup}]}) { routingRules { version rules { group { name } } } problems { code message } position } }",
    ),
    not_done(
        "mutation($bGroup: ID) { setRoutingRules(input: {defaultGroup: $bGroup, rules: []}) { routingRules { version defaultGroup { name } } problems { code message } position } }",
    ),
    not_done(
        "mutation($aGroup: ID!, $bApplication: ID) { setRoutingRules(input: {rules: [{group: $aGroup, application: $bApplication}]}) { routingRules { version } problems { code message } position } }",
    ),
    not_done(
        "mutation($aGroup: ID!, $bCategory: ID) { setRoutingRules(input: {rules: [{group: $aGroup, category: $bCategory}]}) { routingRules { version } problems { code message } position } }",
    ),
    // reporting
    refused(
        "mutation($bTenant: ID) { rebuildReports(input: {tenant: $bTenant}) { rebuilt { facts tickets } problems { code message } } }",
    ),
    // directory
    refused(
        "mutation { createProvider(input: {slug: \"intruso\", name: \"Intruso\"}) { provider { id } problems { code message } position } }",
    ),
    refused(
        "mutation($bProvider: ID!) { createTenant(input: {provider: $bProvider, slug: \"intruso\", name: \"Intruso\", locale: \"es-PE\", timeZone: \"America/Lima\"}) { tenant { id } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID!) { suspendTenant(input: {tenant: $bTenant}) { tenant { name } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID!) { resumeTenant(input: {tenant: $bTenant}) { tenant { name } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID!) { renameTenant(input: {tenant: $bTenant, name: \"Intruso\"}) { tenant { name } problems { code message } position } }",
    ),
    strangers(refused(
        "mutation($bProvider: ID) { registerStaff(input: {provider: $bProvider, name: \"Intrusa\", email: \"intrusa@soporte.example\"}) { staff { id name } problems { code message } position } }",
    )),
    refused(
        "mutation($bStaff: ID!, $bTenant: ID!) { assignStaff(input: {staff: $bStaff, tenant: $bTenant, roles: [AGENT]}) { assignment { person { name } roles } problems { code message } position } }",
    ),
    refused(
        "mutation($aStaff: ID!, $bTenant: ID!) { assignStaff(input: {staff: $aStaff, tenant: $bTenant, roles: [AGENT]}) { assignment { person { name } roles } problems { code message } position } }",
    ),
    strangers(not_done(
        "mutation($bStaff: ID!, $aTenant: ID!) { assignStaff(input: {staff: $bStaff, tenant: $aTenant, roles: [AGENT]}) { assignment { person { name } roles } problems { code message } position } }",
    )),
    refused(
        "mutation($bStaff: ID!, $bTenant: ID!) { unassignStaff(input: {staff: $bStaff, tenant: $bTenant}) { assignment { person { name } roles } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { registerPerson(input: {tenant: $bTenant, name: \"Intrusa\", email: \"intrusa@otra.example\", roles: [REQUESTER]}) { person { ...P } problems { code message } position } }",
    ),
    refused(
        "mutation($bPerson: ID!) { changePerson(input: {person: $bPerson, name: \"Intrusa\"}) { person { ...P } problems { code message } position } }",
    ),
    refused(
        "mutation($bPerson: ID!) { deactivatePerson(input: {person: $bPerson}) { person { ...P } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { registerApplication(input: {tenant: $bTenant, code: \"INTRUSA\", name: \"Intrusa\"}) { application { ...A } problems { code message } position } }",
    ),
    not_done(
        "mutation($bPerson: ID) { registerApplication(input: {code: \"PROPIA-2\", name: \"Propia\", owner: $bPerson}) { application { ...A } problems { code message } position } }",
    ),
    refused(
        "mutation($bApplication: ID!) { changeApplication(input: {application: $bApplication, name: \"Intrusa\"}) { application { ...A } problems { code message } position } }",
    ),
    not_done(
        "mutation($aApplication: ID!, $bPerson: ID) { changeApplication(input: {application: $aApplication, owner: $bPerson}) { application { ...A } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { createApiKey(input: {tenant: $bTenant, name: \"intrusa\"}) { apiKey { id } secret problems { code message } } }",
    ),
    refused(
        "mutation($bApiKey: ID!) { revokeApiKey(input: {apiKey: $bApiKey}) { apiKey { name } problems { code message } position } }",
    ),
    own(
        "mutation { setPassword(input: {old: \"ventana-abierta-al-sur\", new: \"corta\"}) { done problems { code message } } }",
    ),
    // knowledge
    refused(
        "mutation($bTenant: ID) { writeArticle(input: {tenant: $bTenant, title: \"Intruso\", body: \"x\", audience: TENANT, language: ES}) { article { ...R } problems { code message } position } }",
    ),
    refused(
        "mutation($bArticle: ID!) { reviseArticle(input: {article: $bArticle, revision: 1, title: \"Intruso\"}) { article { ...R } problems { code message } position } }",
    ),
    refused(
        "mutation($bArticle: ID!) { changeArticleState(input: {article: $bArticle, revision: 1, state: ARCHIVED}) { article { ...R } problems { code message } position } }",
    ),
    refused(
        "mutation($bArticle: ID!, $bOther: ID!) { linkArticle(input: {article: $bArticle, ticket: $bOther}) { article { ...R } problems { code message } position } }",
    ),
    not_done(
        "mutation($aArticle: ID!, $bTicket: ID!) { linkArticle(input: {article: $aArticle, ticket: $bTicket}) { article { ...R } problems { code message } position } }",
    ),
    not_done(
        "mutation($bArticle: ID!, $aTicket: ID!) { linkArticle(input: {article: $bArticle, ticket: $aTicket}) { article { ...R } problems { code message } position } }",
    ),
    refused(
        "mutation($bArticle: ID!, $bTicket: ID!) { unlinkArticle(input: {article: $bArticle, ticket: $bTicket}) { article { ...R } problems { code message } position } }",
    ),
    // sla-clock
];
