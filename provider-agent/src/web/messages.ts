import type { JobClass, RefusalReason } from '@hearth/sdk/protocol';
import type { NoticeCode } from '../energy/notices/notice.ts';
import type { LimitCode, Mode, ReasonCode, StateName } from '../energy/policy/policy-types.ts';
import type { BalanceExplanation } from '../energy/site/power-balance.ts';
import type { Quality, SignalFault } from '../energy/site/sensor-board.ts';
import type { SignVerdict } from '../energy/site/sign-wizard.ts';
import type { BaseSignal } from '../energy/site/signals.ts';
import type { HeadlineCode } from '../host/dashboard/headline.ts';
import type { LinkPhase } from '../host/dashboard/node-state.ts';
import type { PageProblemCode } from '../host/dashboard/page-problem.ts';
import type { HostState } from '../host/host-events.ts';
import type { RejectReason } from '../host/slots/check-offer.ts';

/** English, German. `{name}` is filled in. A code that has no words here does not compile. */
type Words = readonly [en: string, de: string];

const ui = {
  nav_home: ['Home', 'Start'],
  nav_earnings: ['Earnings', 'Einnahmen'],
  nav_work: ['Work', 'Arbeit'],
  nav_energy: ['Energy', 'Energie'],
  nav_trust: ['Trust', 'Vertrauen'],
  nav_events: ['Events', 'Ereignisse'],
  nav_label: ['Pages', 'Seiten'],
  skip: ['Skip to content', 'Zum Inhalt springen'],
  language: ['Language', 'Sprache'],
  loading: ['Connecting to the agent …', 'Verbinde mit dem Agenten …'],
  live: ['Live', 'Live'],
  stale: [
    'Stale since {time}: the agent does not answer. What you see is what it said last.',
    'Veraltet seit {time}: Der Agent antwortet nicht. Zu sehen ist, was er zuletzt gesagt hat.',
  ],
  since: ['since {time}', 'seit {time}'],
  until: ['until {time}', 'bis {time}'],
  next_change: ['Next change: {time}', 'Nächste Änderung: {time}'],
  no_next_change: ['Stays so until something else changes.', 'Bleibt so, bis sich etwas anderes ändert.'],
  unknown: ['unknown', 'unbekannt'],
  none: ['none', 'keine'],
  command: ['Do this:', 'Das ist zu tun:'],
  nothing_held: ['Nothing is held against this node.', 'Gegen diesen Knoten liegt nichts vor.'],
  slots_again: ['Slots are for sale again.', 'Plätze sind wieder zu verkaufen.'],
  failed: ['That did not work: {message}', 'Das ging nicht: {message}'],
  no_answer: ['the agent does not answer', 'der Agent antwortet nicht'],
  yes: ['yes', 'ja'],
  no: ['no', 'nein'],

  money: ['Earnings', 'Einnahmen'],
  today: ['Today', 'Heute'],
  month: ['This month', 'Diesen Monat'],
  all_time: ['All time', 'Insgesamt'],
  net: ['net', 'netto'],
  after_fee: ['After the market’s fee of {percent} %', 'Nach {percent} % Gebühr des Marktes'],
  before_fee: ['Before the market’s fee', 'Vor der Gebühr des Marktes'],
  jobs_count: ['Jobs: {count} · tokens: {tokens}', 'Aufträge: {count} · Token: {tokens}'],
  electricity_not_measured: [
    'Electricity is not measured: home.yaml has no energy section.',
    'Strom wird nicht gemessen: home.yaml hat keinen Abschnitt energy.',
  ],
  electricity_today: ['Electricity today: {cost} for {energy}.', 'Strom heute: {cost} für {energy}.'],
  electricity_month: ['This month: {cost} for {energy}.', 'Diesen Monat: {cost} für {energy}.'],
  before_electricity: ['before electricity', 'vor Strom'],
  earned: ['Earned', 'Verdient'],
  pending: ['Pending', 'Ausstehend'],
  paid: ['Paid', 'Bezahlt'],
  lost: ['Lost', 'Verloren'],
  sum_note: [
    'Pending, paid and lost are states of the same money: together they are what was earned, to the last digit.',
    'Ausstehend, bezahlt und verloren sind Zustände desselben Geldes: Zusammen sind sie das Verdiente, bis auf die letzte Stelle.',
  ],
  claimable: ['Your wallet can claim', 'Ihr Wallet kann abrufen'],
  ledger: ['Ledger', 'Kassenbuch'],
  amount: ['Amount', 'Betrag'],
  state: ['State', 'Zustand'],
  jobs: ['Jobs', 'Aufträge'],
  jobs_note: [
    'Hashes, counts, times and money. The content of a job never leaves the enclave.',
    'Hashes, Mengen, Zeiten und Geld. Der Inhalt eines Auftrags verlässt die Enklave nie.',
  ],
  no_jobs: ['No job yet.', 'Noch kein Auftrag.'],
  finished: ['Finished', 'Beendet'],
  tokens_in: ['Tokens in', 'Token ein'],
  tokens_out: ['Tokens out', 'Token aus'],
  ended_by: ['Ended by', 'Ende durch'],
  receipt: ['Receipt', 'Beleg'],
  proof: ['proof {hash}', 'Nachweis {hash}'],
  exports: ['Exports', 'Exporte'],
  export_jobs: ['All jobs (CSV)', 'Alle Aufträge (CSV)'],
  export_energy: ['Energy by quarter of an hour (CSV)', 'Energie je Viertelstunde (CSV)'],
  export_payouts: ['All payments seen on the chain (CSV)', 'Alle auf der Kette gesehenen Zahlungen (CSV)'],

  controls: ['Your say', 'Sie bestimmen'],
  pause_hour: ['Pause for 1 hour', '1 Stunde Pause'],
  pause_tomorrow: ['Pause until 6 tomorrow morning', 'Pause bis morgen früh um 6'],
  pause_open: ['Pause until I resume', 'Pause, bis ich fortsetze'],
  resume: ['Resume now', 'Jetzt fortsetzen'],
  pause_note: [
    'Jobs under way are finished. A pause is never counted against you.',
    'Laufende Aufträge werden beendet. Eine Pause wird Ihnen nie angelastet.',
  ],
  mode: ['Mode', 'Betriebsart'],
  reserve: ['Battery reserve (%)', 'Batteriereserve (%)'],
  cap: ['Power cap (W)', 'Leistungsgrenze (W)'],
  save: ['Save', 'Speichern'],
  saved: ['Saved.', 'Gespeichert.'],
  no_limit: ['empty: none', 'leer: keine'],

  quiet_hours: ['Quiet hours', 'Ruhezeiten'],
  no_quiet_hours: [
    'None: the node may be heard at any time.',
    'Keine: Der Knoten darf jederzeit zu hören sein.',
  ],
  quiet_window: ['Window {number}', 'Zeitfenster {number}'],
  from: ['From', 'Von'],
  to: ['To', 'Bis'],
  quiet_cap: ['At most (W; 0: silent)', 'Höchstens (W; 0: still)'],
  quiet_add: ['Add a window', 'Zeitfenster hinzufügen'],
  quiet_remove: ['Remove window {number}', 'Zeitfenster {number} entfernen'],
  quiet_save: ['Save quiet hours', 'Ruhezeiten speichern'],

  login: ['Log in', 'Anmelden'],
  logout: ['Log out', 'Abmelden'],
  passphrase: ['Passphrase', 'Passphrase'],
  login_note: [
    'This page can be reached from elsewhere, so it asks who you are. A new passphrase: hearth-agent passphrase.',
    'Diese Seite ist von außen erreichbar, deshalb fragt sie, wer Sie sind. Eine neue Passphrase: hearth-agent passphrase.',
  ],

  sessions: ['Sessions', 'Sitzungen'],
  slots_used: ['{used} of {total} slots are working.', '{used} von {total} Plätzen arbeiten.'],
  no_sessions: ['No lease is in force.', 'Kein Platz ist vergeben.'],
  lease: ['Lease', 'Vergabe'],
  price: ['Price', 'Preis'],
  price_of_card: ['{percent} % of the price card', '{percent} % der Preisliste'],
  job: ['Job', 'Auftrag'],
  idle: ['waits for the buyer', 'wartet auf den Käufer'],
  running_since: ['runs since {time}', 'läuft seit {time}'],
  ends: ['Ends', 'Endet'],

  flow: ['Energy now', 'Energie jetzt'],
  no_energy: [
    'Nothing is measured here: home.yaml has no energy section. The node runs whenever there is work.',
    'Hier wird nichts gemessen: home.yaml hat keinen Abschnitt energy. Der Knoten läuft, wann immer es Arbeit gibt.',
  ],
  flow_from: ['Comes from', 'Kommt aus'],
  flow_to: ['Goes to', 'Geht nach'],
  flow_incomplete: [
    'A sensor is silent or not believed, so the two need not match.',
    'Ein Sensor schweigt oder wird nicht geglaubt; darum müssen beide nicht übereinstimmen.',
  ],
  solar: ['Solar', 'Sonne'],
  battery: ['Battery', 'Batterie'],
  grid: ['Grid', 'Netz'],
  house: ['Home', 'Haus'],
  node: ['Node', 'Knoten'],
  charging: ['Battery (charging)', 'Batterie (lädt)'],
  exporting: ['Grid (export)', 'Netz (Einspeisung)'],
  today_energy: [
    'Node today: {energy}, {solar} % of it solar',
    'Knoten heute: {energy}, davon {solar} % Sonne',
  ],
  limits: ['Limits and headroom', 'Grenzen und Spielraum'],
  allowed: ['The node may draw {watts} now', 'Der Knoten darf jetzt {watts} ziehen'],
  draws: ['It draws {watts}.', 'Er zieht {watts}.'],
  circuit: ['Circuit', 'Stromkreis'],
  limit: ['Limit', 'Grenze'],
  headroom: ['Left for the node', 'Frei für den Knoten'],
  limit_note: [
    'Limits are as configured by you or your electrician.',
    'Grenzen gelten so, wie Sie oder Ihr Elektriker sie eingestellt haben.',
  ],
  events_now: ['Grid events', 'Netzereignisse'],
  no_grid_events: [
    'No event of a utility is in force or announced.',
    'Kein Ereignis eines Versorgers gilt oder ist angekündigt.',
  ],
  event_level: ['level {level} of 3', 'Stufe {level} von 3'],

  shadow: ['Dry run', 'Probelauf'],
  shadow_note: [
    'The energy policy looks and decides, and leaves the node alone: it sells as if there were no policy.',
    'Die Energieregeln sehen zu und entscheiden, lassen den Knoten aber in Ruhe: Er verkauft, als gäbe es keine.',
  ],
  shadow_now: ['It would now say: {state} ({reason}).', 'Jetzt würden sie sagen: {state} ({reason}).'],
  shadow_done: [
    'Since {time} it would have had the node work {hours} h, started it {starts} times and drawn {energy} for {cost}.',
    'Seit {time} hätten sie den Knoten {hours} h arbeiten lassen, ihn {starts}-mal gestartet und {energy} für {cost} gezogen.',
  ],
  shadow_earned: [
    'It would have earned {most} at most, had every slot been sold ({tokens} tokens): {net} after electricity.',
    'Er hätte höchstens {most} verdient, wenn alle Plätze verkauft worden wären ({tokens} Token): {net} nach Strom.',
  ],
  shadow_end: [
    'How much of the market your price would win stands on the page “Work”. To put the policy in force: isShadow: false in home.yaml.',
    'Wie viel vom Markt Ihr Preis bekäme, steht auf der Seite „Arbeit“. Um die Regeln in Kraft zu setzen: isShadow: false in home.yaml.',
  ],

  sign_check: ['Does a meter count the right way?', 'Zählt ein Zähler richtig herum?'],
  sign_intro: [
    'Plus and minus are the most common mistake. A kettle shows it: consumption has to make the value rise.',
    'Plus und Minus sind der häufigste Fehler. Ein Wasserkocher zeigt ihn: Verbrauch muss den Wert steigen lassen.',
  ],
  sign_watts: ['Watts of the kettle or heater', 'Watt des Wasserkochers oder Heizers'],
  sign_off: ['Leave it off, then start.', 'Lassen Sie ihn aus und fangen Sie an.'],
  sign_reading: ['Reading the meter …', 'Lese den Zähler …'],
  sign_on: [
    'Now switch it on, wait until the meter shows it, and go on.',
    'Schalten Sie ihn jetzt ein, warten Sie, bis der Zähler es zeigt, und machen Sie weiter.',
  ],
  sign_start: ['Start', 'Anfangen'],
  sign_is_on: ['It is on', 'Er ist an'],
  sign_again: ['Once more', 'Noch einmal'],
  sensors: ['Sensors', 'Sensoren'],
  sensor: ['Sensor', 'Sensor'],
  value: ['Value', 'Wert'],
  age: ['Age', 'Alter'],
  source: ['Source', 'Quelle'],
  balance_ok: ['The readings add up (rest {watts}).', 'Die Messwerte gehen auf (Rest {watts}).'],
  balance_off: [
    'The readings do not add up: {watts} are unexplained.',
    'Die Messwerte gehen nicht auf: {watts} sind unerklärt.',
  ],
  balance_cause: ['Most likely: {signal} – {fault}', 'Am wahrscheinlichsten: {signal} – {fault}'],
  prices: ['Prices', 'Preise'],
  price_import: ['Import {price} per kWh', 'Bezug {price} je kWh'],
  price_export: ['Export {price} per kWh', 'Einspeisung {price} je kWh'],
  price_carbon: ['Grid {grams} g CO₂ per kWh', 'Netz {grams} g CO₂ je kWh'],
  price_default: [
    'The tariff feed says nothing about now; the default holds.',
    'Der Tarif sagt nichts über jetzt; es gilt die Vorgabe.',
  ],

  forecast: ['Forecast', 'Vorhersage'],
  forecast_unknown: [
    'Nothing yet: the home has to be watched for a day first.',
    'Noch nichts: Das Haus muss erst einen Tag lang beobachtet werden.',
  ],
  forecast_none: ['No run is planned.', 'Kein Lauf ist geplant.'],
  forecast_energy: ['Energy for the node', 'Energie für den Knoten'],
  forecast_at_least: ['{kwh} almost surely', '{kwh} fast sicher'],
  forecast_price: ['Ask per million tokens', 'Angebot je Million Token'],
  forecast_battery: [
    'Battery: lowest {low} % ({lowAt}), highest {high} % ({highAt}).',
    'Batterie: am leersten {low} % ({lowAt}), am vollsten {high} % ({highAt}).',
  ],
  forecast_note: [
    'Estimated from weather, tariff and how this home usually lives. The market is told of it, unless offersWindows in home.yaml says no, and promised nothing by it.',
    'Geschätzt aus Wetter, Tarif und den Gewohnheiten dieses Hauses. Dem Markt wird es gesagt, wenn offersWindows in home.yaml das nicht abstellt; versprochen ist ihm damit nichts.',
  ],
  notices: ['Notices', 'Hinweise'],
  no_notices: ['Nothing had to be told.', 'Es gab nichts zu sagen.'],
  what_to_do: ['What to do', 'Was zu tun ist'],

  why_no_work: ['Why work comes, or not', 'Warum Arbeit kommt oder nicht'],
  market_hours: [
    'In the last {hours} hours the market sold {count} slots for what you run.',
    'In den letzten {hours} Stunden verkaufte der Markt {count} Plätze für das, was Sie anbieten.',
  ],
  won: ['you won', 'Sie bekamen den Zuschlag'],
  not_sold: ['you were asked first and did not sell', 'Sie wurden zuerst gefragt und verkauften nicht'],
  outbid: ['another ask was better', 'ein anderes Angebot war besser'],
  without_ask: ['you had no ask in the book', 'Sie hatten kein Angebot im Buch'],
  winning_price: [
    'To win one of those where another was better you would have had to ask {one}, for half of them {half} of the price card.',
    'Um einen davon zu bekommen, hätten Sie {one} verlangen müssen, für die Hälfte {half} der Preisliste.',
  ],
  place_now: [
    '{model}, {class}: place {rank} of {nodes} at {price} of the price card, quality {quality}, {free} slots free.',
    '{model}, {class}: Platz {rank} von {nodes} bei {price} der Preisliste, Qualität {quality}, {free} Plätze frei.',
  ],
  no_ask: ['You have no ask in the book now.', 'Sie haben jetzt kein Angebot im Buch.'],
  market_silent: ['The market does not answer: {message}', 'Der Markt antwortet nicht: {message}'],
  asking_market: ['Asking the market …', 'Frage den Markt …'],
  look_back: ['Look back', 'Rückblick'],
  hours: ['{hours} hours', '{hours} Stunden'],
  preview: ['What would your price win?', 'Was würde Ihr Preis gewinnen?'],
  preview_won: [
    'At {percent} of the price card ({price} per million output tokens) you would have won {share} % of the {count} jobs of {model} that were sold in the last {hours} hours.',
    'Mit {percent} der Preisliste ({price} je Million Ausgabe-Token) hätten Sie {share} % der {count} Aufträge für {model} bekommen, die in den letzten {hours} Stunden verkauft wurden.',
  ],
  preview_won_of_more: [
    'At {percent} of the price card ({price} per million output tokens) you would have won {share} % of the newest {count} jobs of {model}; there were more in the last {hours} hours.',
    'Mit {percent} der Preisliste ({price} je Million Ausgabe-Token) hätten Sie {share} % der neuesten {count} Aufträge für {model} bekommen; in den letzten {hours} Stunden waren es mehr.',
  ],
  preview_nothing: [
    'At {percent} of the price card ({price} per million output tokens): the market has sold nothing of {model} in the last {hours} hours.',
    'Mit {percent} der Preisliste ({price} je Million Ausgabe-Token): In den letzten {hours} Stunden hat der Markt nichts von {model} verkauft.',
  ],
  preview_percent: [
    'Another price, in percent of the price card',
    'Ein anderer Preis, in Prozent der Preisliste',
  ],
  preview_empty: ['empty: as you ask now', 'leer: wie Sie jetzt anbieten'],
  preview_look: ['Look', 'Nachsehen'],
  preview_note: [
    'From the public log: jobs that went to somebody who asked at least as much, quality counted. Nothing is published by looking.',
    'Aus dem öffentlichen Protokoll: Aufträge, die an jemanden gingen, der mindestens so viel verlangte, Qualität eingerechnet. Nachsehen veröffentlicht nichts.',
  ],
  times: ['Times', 'Mal'],
  what_happened: ['What happened', 'Was geschah'],

  attestation: ['Attestation', 'Attestierung'],
  enclave_key: ['Enclave key', 'Schlüssel der Enklave'],
  measurement: ['Measurement', 'Messwert'],
  model: ['Model', 'Modell'],
  tier: ['Hardware', 'Hardware'],
  tier_0: [
    'simulated: proves nothing about privacy, and buyers see that',
    'simuliert: beweist nichts über Vertraulichkeit, und Käufer sehen das',
  ],
  tier_1: ['CPU with trusted execution', 'CPU mit vertrauenswürdiger Ausführung'],
  tier_2: ['CPU and GPU with trusted execution', 'CPU und GPU mit vertrauenswürdiger Ausführung'],
  registered_until: ['Registered on the chain until', 'Auf der Kette registriert bis'],
  not_registered: ['not registered', 'nicht registriert'],
  gas: ['Gas key', 'Gas-Schlüssel'],
  gas_balance: ['{ether} ether on {address}', '{ether} Ether auf {address}'],
  gas_empty: ['empty: send a little ether to {address}', 'leer: Senden Sie etwas Ether an {address}'],
  wallet: ['Wallet that earns', 'Wallet, das verdient'],
  node_key: ['Node', 'Knoten'],
  region: ['Region (declared by you)', 'Region (von Ihnen erklärt)'],
  gateway: ['Gateway', 'Gateway'],
  clock_offset: ['its clock is {ms} ms ahead of this one', 'seine Uhr geht {ms} ms vor'],
  undelivered: ['Receipts the gateway does not have yet', 'Belege, die das Gateway noch nicht hat'],
  chain_read: ['Chain read', 'Kette gelesen'],
  chain_problem: ['The chain does not answer: {message}', 'Die Kette antwortet nicht: {message}'],
  trust_note: [
    'Prompts and answers are in clear only inside the enclave and at the buyer. Nothing on this page, in its logs or exports holds any of them.',
    'Anfragen und Antworten liegen nur in der Enklave und beim Käufer offen. Nichts auf dieser Seite, in ihren Protokollen oder Exporten enthält davon etwas.',
  ],

  time: ['Time', 'Zeit'],
  what: ['What', 'Was'],
  detail: ['Detail', 'Einzelheit'],
  events_note: ['The newest 500 since the agent started.', 'Die neuesten 500, seit der Agent läuft.'],
} satisfies Record<string, Words>;

const headline = {
  stopping: ['Stopping', 'Wird beendet'],
  paused: ['Paused by you', 'Von Ihnen angehalten'],
  enclave_starting: ['Starting the enclave', 'Die Enklave startet'],
  enclave_loading: ['The enclave is loading its model', 'Die Enklave lädt ihr Modell'],
  model_warming: ['Warming up: another model is loading', 'Wärmt sich auf: ein anderes Modell lädt'],
  enclave_lost: ['The enclave is gone; it is started again', 'Die Enklave ist weg; sie wird neu gestartet'],
  consent_needed: [
    'Waiting for your wallet’s consent to this new enclave',
    'Wartet auf die Zustimmung Ihres Wallets zu dieser neuen Enklave',
  ],
  gas_needed: ['Waiting for ether: the gas key is empty', 'Wartet auf Ether: Der Gas-Schlüssel ist leer'],
  registering: ['Registering the enclave on the chain', 'Registriert die Enklave auf der Kette'],
  registration_failed: [
    'The registration failed; it is tried again',
    'Die Registrierung schlug fehl; sie wird wiederholt',
  ],
  offline: ['No gateway can be reached', 'Kein Gateway ist erreichbar'],
  ask_refused: ['The gateway refused the ask', 'Das Gateway hat das Angebot abgelehnt'],
  asking: ['Putting up the ask', 'Stellt das Angebot ein'],
  closed: ['Open for no new work', 'Nimmt keine neue Arbeit an'],
  working: ['Working', 'Arbeitet'],
  waiting: ['Ready, waiting for work', 'Bereit, wartet auf Arbeit'],
} satisfies Record<HeadlineCode, Words>;

const headlineReason = {
  stopping: ['Running jobs are billed up to here.', 'Laufende Aufträge werden bis hier abgerechnet.'],
  paused: ['Nothing new is sold until the pause ends.', 'Bis zum Ende der Pause wird nichts Neues verkauft.'],
  enclave_starting: ['The host waits for the enclave process.', 'Der Host wartet auf den Enklaven-Prozess.'],
  enclave_loading: ['{phase}: {percent} %', '{phase}: {percent} %'],
  model_warming: [
    '{model}: {percent} %. A buyer has asked for it; its job waits, and the others follow when it is done.',
    '{model}: {percent} %. Ein Käufer hat es verlangt; sein Auftrag wartet, andere folgen danach.',
  ],
  enclave_lost: [
    'It comes back with new keys and registers again.',
    'Sie kommt mit neuen Schlüsseln zurück und registriert sich neu.',
  ],
  consent_needed: [
    'A new enclave may earn for your wallet only with its signature.',
    'Eine neue Enklave darf für Ihr Wallet nur mit dessen Unterschrift verdienen.',
  ],
  gas_needed: ['A registration costs a little ether.', 'Eine Registrierung kostet etwas Ether.'],
  registering: [
    'The contract checks the hardware’s evidence.',
    'Der Vertrag prüft die Nachweise der Hardware.',
  ],
  registration_failed: ['The events say why.', 'Die Ereignisse sagen, warum.'],
  offline: [
    'Earnings so far are safe and settle without the gateway.',
    'Bisherige Einnahmen sind sicher und werden auch ohne Gateway abgerechnet.',
  ],
  ask_refused: ['The events say why.', 'Die Ereignisse sagen, warum.'],
  asking: [
    'Work can come once the gateway has promised to list it.',
    'Arbeit kann kommen, sobald das Gateway die Aufnahme zugesagt hat.',
  ],
  closed: ['{pause}', '{pause}'],
  working: ['{used} of {total} slots are working.', '{used} von {total} Plätzen arbeiten.'],
  waiting: [
    'Your ask stands. “Work” says how it does against others.',
    'Ihr Angebot steht. „Arbeit“ sagt, wie es gegen andere abschneidet.',
  ],
} satisfies Record<HeadlineCode, Words>;

const headlineCommand = {
  consent_needed: ['hearth-agent enrol --data {data}', 'hearth-agent enrol --data {data}'],
  gas_needed: ['Send a little ether to {address}', 'Senden Sie etwas Ether an {address}'],
} satisfies Partial<Record<HeadlineCode, Words>>;

const pauseReason: Record<string, Words> = {
  draining: ['The node is being stopped.', 'Der Knoten wird beendet.'],
  maintenance: ['You have paused it.', 'Sie haben ihn angehalten.'],
  energy: ['The energy policy has closed it.', 'Die Energieregeln haben ihn geschlossen.'],
  quiet_hours: ['Quiet hours.', 'Ruhezeit.'],
};

const loadingPhase: Record<string, Words> = {
  'copying-model': ['copying the model', 'kopiert das Modell'],
  'hashing-model': ['checking the model', 'prüft das Modell'],
  'loading-model': ['loading the model', 'lädt das Modell'],
  measuring: ['measuring itself', 'misst sich selbst'],
  quoting: ['fetching evidence', 'holt Nachweise'],
};

const refusal = {
  model: ['the request was for another model', 'gefragt war ein anderes Modell'],
  class: ['the request was of another class', 'gefragt war eine andere Klasse'],
  region: ['the buyer wanted another region', 'der Käufer wollte eine andere Region'],
  tier: ['the buyer wanted better hardware', 'der Käufer wollte bessere Hardware'],
  context: ['the buyer needed a longer context', 'der Käufer brauchte mehr Kontext'],
  paused: ['you had declared a pause', 'Sie hatten eine Pause erklärt'],
  slots: ['all your slots were in use', 'alle Ihre Plätze waren vergeben'],
  overstated: [
    'you refused offers although slots were free, so fewer of them count',
    'Sie lehnten ab, obwohl Plätze frei waren; darum zählen weniger davon',
  ],
  probation: [
    'you are new here: until 200 receipts the market takes little from you at a time',
    'Sie sind neu: Bis 200 Belege nimmt der Markt nur wenig auf einmal',
  ],
  attestation: [
    'your enclave was not registered or its evidence had expired',
    'Ihre Enklave war nicht registriert oder ihre Nachweise waren abgelaufen',
  ],
  price: ['you asked more than the buyer pays', 'Sie verlangten mehr, als der Käufer zahlt'],
  ceiling: [
    'you asked more than one and a half times the usual price',
    'Sie verlangten mehr als das Anderthalbfache des üblichen Preises',
  ],
  own_order: ['the order was your own', 'der Auftrag war Ihr eigener'],
  ejected: ['you were out for losing jobs', 'Sie waren gesperrt, weil Aufträge verloren gingen'],
  not_yet_valid: [
    'your ask was not valid yet (a higher price waits ten seconds)',
    'Ihr Angebot galt noch nicht (ein höherer Preis wartet zehn Sekunden)',
  ],
  expired: ['your ask had expired', 'Ihr Angebot war abgelaufen'],
  after_beacon: ['your ask was too young', 'Ihr Angebot war zu jung'],
  price_card: ['your ask named an old price card', 'Ihr Angebot nannte eine alte Preisliste'],
} satisfies Record<RefusalReason, Words>;

const outcome: Record<number, Words> = {
  0: ['still running', 'läuft noch'],
  1: ['done', 'fertig'],
  2: ['length limit', 'Längengrenze'],
  3: ['tool call', 'Werkzeugaufruf'],
  4: ['filter', 'Filter'],
  5: ['cancelled by the buyer', 'vom Käufer abgebrochen'],
  6: ['fault of this node', 'Fehler dieses Knotens'],
  7: ['went on elsewhere', 'anderswo fortgesetzt'],
};

const jobClass = {
  0: ['chats', 'Chats'],
  1: ['completions', 'Fortsetzungen'],
  2: ['embeddings', 'Einbettungen'],
  3: ['reranking', 'Umsortieren'],
  4: ['vision', 'Bilder'],
} satisfies Record<JobClass, Words>;

const mode = {
  off: ['Off', 'Aus'],
  solar: ['Only on solar surplus', 'Nur mit Sonnenüberschuss'],
  'min+solar': ['Smallest power, more on surplus', 'Kleinste Leistung, mehr bei Überschuss'],
  cheap: ['When energy is cheap', 'Wenn Strom billig ist'],
  now: ['Always', 'Immer'],
} satisfies Record<Mode, Words>;

const energyState = {
  off: ['Switched off', 'Ausgeschaltet'],
  blocked: ['Stopped by a limit', 'Durch eine Grenze gestoppt'],
  warming: ['Getting ready', 'Macht sich bereit'],
  run: ['Running', 'Läuft'],
  draining: ['Finishing its jobs', 'Beendet seine Aufträge'],
  standby: ['Waiting for better energy', 'Wartet auf besseren Strom'],
  'safe-stop': ['Stopped for safety', 'Aus Sicherheit gestoppt'],
} satisfies Record<StateName, Words>;

const energyReason = {
  node_maximum: ['at full power', 'volle Leistung'],
  circuit_limit: ['the breaker of circuit {subject}', 'die Sicherung von Stromkreis {subject}'],
  circuit_meter_unknown: [
    'nobody hears the meter of circuit {subject}',
    'der Zähler von Stromkreis {subject} schweigt',
  ],
  import_cap: ['the import cap “{subject}”', 'die Bezugsgrenze „{subject}“'],
  import_meter_unknown: [
    'the import cap “{subject}” holds, and the grid meter is silent',
    'die Bezugsgrenze „{subject}“ gilt, und der Netzzähler schweigt',
  ],
  user_cap: ['your own power cap', 'Ihre eigene Leistungsgrenze'],
  temperature: ['the node is too hot', 'der Knoten ist zu heiß'],
  temperature_unknown: ['the temperature sensor is silent', 'der Temperatursensor schweigt'],
  demand_event: [
    'the utility has asked for less (event {subject})',
    'der Versorger hat um weniger gebeten (Ereignis {subject})',
  ],
  islanded: ['the home is cut off from the grid', 'das Haus ist vom Netz getrennt'],
  battery_reserve: ['the battery is at its reserve', 'die Batterie ist an ihrer Reserve'],
  over_limit: ['the node drew more than it was set to', 'der Knoten zog mehr als eingestellt'],
  mode_off: ['mode “off”', 'Betriebsart „Aus“'],
  paused: ['paused by you', 'von Ihnen angehalten'],
  quiet_hours: ['quiet hours', 'Ruhezeit'],
  running_now: ['because you said so', 'weil Sie es so wollen'],
  running_on_surplus: ['on your own surplus', 'mit eigenem Überschuss'],
  running_at_minimum: ['at its smallest power', 'mit kleinster Leistung'],
  running_cheap: ['on cheap energy', 'mit billigem Strom'],
  running_out: [
    'for a while without surplus, to avoid a stop and start',
    'eine Weile ohne Überschuss, statt zu stoppen und neu zu starten',
  ],
  warming: ['the model is being loaded', 'das Modell wird geladen'],
  finishing_jobs: ['running jobs are finished first', 'laufende Aufträge werden erst beendet'],
  too_little_surplus: ['too little surplus ({watts})', 'zu wenig Überschuss ({watts})'],
  surplus_unknown: ['the surplus is not known', 'der Überschuss ist nicht bekannt'],
  surplus_must_hold: ['the surplus has to hold for a minute', 'der Überschuss muss eine Minute halten'],
  energy_too_expensive: ['energy is too expensive', 'Strom ist zu teuer'],
  rest_after_stop: ['resting after the last run', 'Ruhepause nach dem letzten Lauf'],
  too_many_starts: ['it has started often enough this hour', 'in dieser Stunde oft genug gestartet'],
  wait_for_clean_minutes: [
    'waiting until nothing has been wrong for a while ({subject})',
    'wartet, bis eine Weile nichts falsch war ({subject})',
  ],
} satisfies Record<ReasonCode, Words>;

/** What a stop was for, short: the rest is told by then. */
const stopCause = {
  node_maximum: ['full power', 'volle Leistung'],
  circuit_limit: ['a breaker', 'eine Sicherung'],
  circuit_meter_unknown: ['a circuit’s meter was silent', 'der Zähler eines Stromkreises schwieg'],
  import_cap: ['an import cap', 'eine Bezugsgrenze'],
  import_meter_unknown: ['the grid meter was silent', 'der Netzzähler schwieg'],
  user_cap: ['your own power cap', 'Ihre eigene Leistungsgrenze'],
  temperature: ['heat', 'Hitze'],
  temperature_unknown: ['the temperature sensor was silent', 'der Temperatursensor schwieg'],
  demand_event: ['the utility had asked for less', 'der Versorger hatte um weniger gebeten'],
  islanded: ['the home was cut off from the grid', 'das Haus war vom Netz getrennt'],
  battery_reserve: ['the battery’s reserve', 'die Reserve der Batterie'],
  over_limit: ['it drew more than it was set to', 'er zog mehr als eingestellt'],
} satisfies Record<LimitCode, Words>;

const link = {
  connecting: ['connecting', 'verbindet'],
  linked: ['linked', 'verbunden'],
  lost: ['not reachable', 'nicht erreichbar'],
} satisfies Record<LinkPhase, Words>;

const signal = {
  gridW: ['Grid', 'Netz'],
  pvW: ['Solar', 'Sonne'],
  batteryW: ['Battery', 'Batterie'],
  socPercent: ['Battery charge', 'Ladestand'],
  loadW: ['Home', 'Haus'],
  nodeW: ['Node', 'Knoten'],
  temperatureC: ['Node temperature', 'Temperatur des Knotens'],
  importLimitW: ['Import limit', 'Bezugsgrenze'],
  islanded: ['Cut off from the grid', 'Vom Netz getrennt'],
  importPerKwh: ['Price of energy', 'Strompreis'],
  exportPerKwh: ['Price of exported energy', 'Einspeisevergütung'],
  gramsPerKwh: ['Carbon of the grid', 'CO₂ im Netz'],
} satisfies Record<BaseSignal, Words>;

const quality = {
  good: ['good', 'gut'],
  stale: ['stale', 'veraltet'],
  unknown: ['unknown', 'unbekannt'],
  suspect: ['suspect', 'verdächtig'],
} satisfies Record<Quality, Words>;

const fault = {
  unavailable: ['the source itself does not know', 'die Quelle weiß es selbst nicht'],
  not_a_number: ['what came is no number', 'was kam, ist keine Zahl'],
  unknown_unit: ['it came in an unknown unit', 'es kam in unbekannter Einheit'],
  wrong_sign: [
    'wrong sign: plus and minus are swapped',
    'falsches Vorzeichen: Plus und Minus sind vertauscht',
  ],
  out_of_range: ['no home has such a value', 'so einen Wert hat kein Haus'],
  clock_skew: ['the source’s clock is ahead', 'die Uhr der Quelle geht vor'],
  retained_only: [
    'only an old value was kept; nothing new came',
    'nur ein alter Wert war gespeichert; es kam nichts Neues',
  ],
  flood: ['too many values at once', 'zu viele Werte auf einmal'],
  out_of_order: ['an older value came after a newer one', 'ein älterer Wert kam nach einem neueren'],
  balance: ['the readings do not add up', 'die Messwerte gehen nicht auf'],
  below_node: ['less than the node alone draws', 'weniger, als der Knoten allein zieht'],
  frozen: [
    'it has not moved while everything else did',
    'er blieb stehen, während sich alles andere bewegte',
  ],
  implausible: ['far from what the node is set to', 'weit weg von dem, worauf der Knoten eingestellt ist'],
  silent: ['it says nothing any more', 'er sagt nichts mehr'],
  late: ['it is later than it used to be', 'er ist später als gewohnt'],
  source_lost: ['the connection to its source is lost', 'die Verbindung zur Quelle ist weg'],
  unmapped: ['no source is set for it', 'keine Quelle ist dafür eingestellt'],
  kilowatts_as_watts: ['kilowatts are read as watts', 'Kilowatt werden als Watt gelesen'],
  watts_as_kilowatts: ['watts are read as kilowatts', 'Watt werden als Kilowatt gelesen'],
} satisfies Record<SignalFault | BalanceExplanation['fault'], Words>;

const notice = {
  stopped_for_safety: ['The node stopped: {cause}.', 'Der Knoten hat gestoppt: {cause}.'],
  sensor_not_believed: [
    'The sensor “{signal}” is not believed: {cause}.',
    'Dem Sensor „{signal}“ wird nicht geglaubt: {cause}.',
  ],
  event_began: [
    'The grid has called: event {event} is in force.',
    'Das Netz hat gerufen: Ereignis {event} gilt.',
  ],
  event_ended: ['The event {event} of the grid is over.', 'Das Netzereignis {event} ist vorbei.'],
  calibration_drifted: [
    'Jobs take {percent} % of the energy that the calibration says.',
    'Aufträge brauchen {percent} % der Energie, die die Kalibrierung nennt.',
  ],
  net_negative: [
    'For {count} days in a row the node has earned less than its energy has cost.',
    '{count} Tage hintereinander hat der Knoten weniger verdient, als seine Energie gekostet hat.',
  ],
  money_paid: [
    '{paid} has been paid for finished work, before the market’s fee; {pending} is still to come.',
    '{paid} wurden für fertige Arbeit bezahlt, vor der Gebühr des Markts; {pending} stehen noch aus.',
  ],
  held_back: [
    '{count} more notices in the last hour were held back.',
    '{count} weitere Hinweise der letzten Stunde wurden zurückgehalten.',
  ],
} satisfies Record<NoticeCode, Words>;

const noticeAction = {
  stopped_for_safety: [
    'Nothing, if this is a load of the home: it comes back after five clean minutes. Else look at the limits.',
    'Nichts, wenn es ein Verbraucher im Haus war: Er kommt nach fünf sauberen Minuten zurück. Sonst die Grenzen ansehen.',
  ],
  sensor_not_believed: [
    'Look at unit, sign and age of what it says. Until then the node does without.',
    'Einheit, Vorzeichen und Alter seiner Werte ansehen. Bis dahin kommt der Knoten ohne ihn aus.',
  ],
  event_began: [
    'Nothing: the node obeys by itself and comes back afterwards.',
    'Nichts: Der Knoten gehorcht von selbst und kommt danach zurück.',
  ],
  event_ended: ['Nothing.', 'Nichts.'],
  calibration_drifted: [
    'Nothing at once: the ask goes by it. hearth-agent calibrate measures speed and draw again, too.',
    'Nichts sofort: der Preis richtet sich danach. hearth-agent calibrate misst auch Tempo und Leistung neu.',
  ],
  net_negative: [
    'Look at mode and ask: a higher price, solar power only, or off until there is more demand.',
    'Betriebsart und Preis ansehen: teurer, nur mit Sonnenstrom, oder aus, bis es mehr Nachfrage gibt.',
  ],
  money_paid: [
    'Nothing: it is for your wallet to claim. The receipts are with the earnings.',
    'Nichts: Ihr Wallet kann es abrufen. Die Belege stehen bei den Einnahmen.',
  ],
  held_back: ['The events have all of them.', 'Die Ereignisse haben alle.'],
} satisfies Record<NoticeCode, Words>;

const signFinding = {
  right: ['Right: it went up by {watts}.', 'Richtig: Der Wert stieg um {watts}.'],
  inverted: [
    'Inverted: it went down by {watts}. Set isInverted: true for this sensor in home.yaml, or turn it round at its source.',
    'Verkehrt herum: Der Wert fiel um {watts}. Setzen Sie isInverted: true für diesen Sensor in home.yaml, oder drehen Sie ihn an der Quelle um.',
  ],
  kilowatts: [
    'It went up by {watts} only, as if it spoke of kilowatts: set unit: kW for this sensor.',
    'Der Wert stieg nur um {watts}, als spräche er von Kilowatt: Setzen Sie unit: kW für diesen Sensor.',
  ],
  unclear: [
    'Not clear: it changed by {watts} while other things changed too. Try again with something larger.',
    'Nicht klar: Er änderte sich um {watts}, während sich auch anderes änderte. Versuchen Sie es mit etwas Größerem.',
  ],
} satisfies Record<SignVerdict['finding'], Words>;

const problem = {
  log_in_first: ['you are not logged in', 'Sie sind nicht angemeldet'],
  wrong_passphrase: ['that is not the passphrase', 'das ist nicht die Passphrase'],
  too_many_guesses: [
    'too many guesses; one a minute comes back',
    'zu viele Versuche; jede Minute kommt einer zurück',
  ],
  sensor_silent: ['nothing is heard of this sensor', 'von diesem Sensor ist nichts zu hören'],
} satisfies Record<PageProblemCode, Words>;

const hostState = {
  starting: ['Starting', 'Start'],
  'journal-opened': ['Journal opened', 'Journal geöffnet'],
  'enclave-connecting': ['Looking for the enclave', 'Sucht die Enklave'],
  'enclave-loading': ['Enclave loading', 'Enklave lädt'],
  'enclave-booted': ['Enclave running', 'Enklave läuft'],
  'model-loading': ['Model warming up', 'Modell wärmt sich auf'],
  'model-loaded': ['Model in memory', 'Modell im Speicher'],
  'enclave-lost': ['Enclave gone', 'Enklave weg'],
  'enrolment-needed': ['Consent needed', 'Zustimmung nötig'],
  registering: ['Registering', 'Registrierung'],
  registered: ['Registered', 'Registriert'],
  'registration-failed': ['Registration failed', 'Registrierung fehlgeschlagen'],
  gas_key_empty: ['Gas key empty', 'Gas-Schlüssel leer'],
  'link-connecting': ['Connecting', 'Verbindet'],
  linked: ['Linked', 'Verbunden'],
  'link-lost': ['Link lost', 'Verbindung verloren'],
  'ask-refused': ['Ask refused', 'Angebot abgelehnt'],
  ready: ['Ask stands', 'Angebot steht'],
  slots: ['Slots', 'Plätze'],
  outlook: ['Windows told', 'Zeiten gemeldet'],
  standing: ['Standing with the market', 'Stand beim Markt'],
  'lease-sold': ['Slot sold', 'Platz verkauft'],
  'lease-refused': ['Slot not sold', 'Platz nicht verkauft'],
  'job-started': ['Job began', 'Auftrag begann'],
  'job-ended': ['Job done', 'Auftrag fertig'],
  'job-refused': ['Job not done', 'Auftrag nicht ausgeführt'],
  'receipt-stored': ['Receipt delivered', 'Beleg zugestellt'],
  'receipt-refused': ['Receipt refused', 'Beleg abgelehnt'],
  settling: ['Settling', 'Abrechnung'],
  settled: ['Settled', 'Abgerechnet'],
  'settlement-failed': ['Settlement failed', 'Abrechnung fehlgeschlagen'],
  energy: ['Energy', 'Energie'],
  dashboard: ['This page', 'Diese Seite'],
  direct: ['Own door', 'Eigener Zugang'],
  warning: ['Warning', 'Warnung'],
  stopping: ['Stopping', 'Wird beendet'],
  stopped: ['Stopped', 'Beendet'],
} satisfies Record<HostState, Words>;

/** What an event was about, from its particulars; `{cause}` is what others said, as they said it. Without one the agent's own words stand. */
const eventDetail: Partial<Record<HostState, Words>> = {
  starting: ['Node {nodeKey}', 'Knoten {nodeKey}'],
  'journal-opened': [
    '{undelivered} receipts to deliver, {unsettled} totals to settle',
    '{undelivered} Belege zuzustellen, {unsettled} Summen abzurechnen',
  ],
  'enclave-connecting': ['At {socket}', 'Unter {socket}'],
  'enclave-loading': ['{phase}: {percent} %', '{phase}: {percent} %'],
  'enclave-booted': ['Enclave {enclaveKey} with {model}', 'Enklave {enclaveKey} mit {model}'],
  'enclave-lost': [
    'It is looked for until it is there. Cause: {cause}',
    'Sie wird gesucht, bis sie da ist. Ursache: {cause}',
  ],
  'model-loading': ['{note}: {phase}, {percent} %', '{note}: {phase}, {percent} %'],
  'model-loaded': ['{model}', '{model}'],
  'enrolment-needed': [
    'Wallet {provider} has to consent once; the page “Home” says how',
    'Das Wallet {provider} muss einmal zustimmen; die Seite „Start“ sagt, wie',
  ],
  registering: ['Enclave {enclaveKey}', 'Enklave {enclaveKey}'],
  registered: ['Enclave {enclaveKey} by {txHash}', 'Enklave {enclaveKey} mit {txHash}'],
  'registration-failed': [
    'Tried again in {seconds} s. Cause: {cause}',
    'Neuer Versuch in {seconds} s. Ursache: {cause}',
  ],
  gas_key_empty: ['{address} needs ether for gas', '{address} braucht Ether für Gas'],
  'link-connecting': ['{url}', '{url}'],
  linked: ['{url}', '{url}'],
  'link-lost': [
    '{url}, tried again in {seconds} s. Cause: {cause}',
    '{url}, neuer Versuch in {seconds} s. Ursache: {cause}',
  ],
  'ask-refused': [
    'Tried again in {seconds} s. Cause: {cause}',
    'Neuer Versuch in {seconds} s. Ursache: {cause}',
  ],
  ready: ['{model} at {percent} % of the price card', '{model} zu {percent} % der Preisliste'],
  slots: ['Not for sale: {pause}', 'Nicht zu verkaufen: {pause}'],
  'lease-sold': ['Lease {leaseId}', 'Vergabe {leaseId}'],
  'lease-refused': ['Lease {leaseId}: {refused}', 'Vergabe {leaseId}: {refused}'],
  'job-started': ['Job {jobId}', 'Auftrag {jobId}'],
  'job-ended': ['{inputTokens} tokens in, {outputTokens} out', '{inputTokens} Token ein, {outputTokens} aus'],
  'job-refused': ['Lease {leaseId}. Cause: {cause}', 'Vergabe {leaseId}. Ursache: {cause}'],
  'receipt-stored': ['Receipt {receiptHash}', 'Beleg {receiptHash}'],
  'receipt-refused': ['Receipt {ref}. Cause: {cause}', 'Beleg {ref}. Ursache: {cause}'],
  settling: ['{items} totals, {money}', '{items} Summen, {money}'],
  settled: ['{money} by {txHash}', '{money} mit {txHash}'],
  'settlement-failed': [
    'Tried again where that can help. Cause: {cause}',
    'Neuer Versuch, wo das helfen kann. Ursache: {cause}',
  ],
  dashboard: ['{url}', '{url}'],
  direct: ['{url}', '{url}'],
  stopping: [
    'Nothing more is sold; {runningJobs} jobs may finish',
    'Nichts wird mehr verkauft; {runningJobs} Aufträge dürfen fertig werden',
  ],
  stopped: ['Nothing runs any more', 'Nichts läuft mehr'],
};

const rejectReason = {
  slots_full: ['all slots were in use', 'alle Plätze waren vergeben'],
  ask_withdrawn: ['it was for an ask that no longer stands', 'das Angebot galt nicht mehr'],
  terms_differ: ['its terms were not those of the ask', 'die Bedingungen waren andere als angeboten'],
  order_not_open: ['the order is not open on the chain', 'die Bestellung ist auf der Kette nicht offen'],
  exposure: ['too much is unsettled already', 'es ist schon zu viel nicht abgerechnet'],
  draining: ['the node is being stopped', 'der Knoten wird beendet'],
  model_not_loaded: ['another model is at work', 'ein anderes Modell arbeitet'],
} satisfies Record<RejectReason, Words>;

export const messages = {
  ui,
  headline,
  headlineReason,
  headlineCommand,
  pauseReason,
  loadingPhase,
  refusal,
  outcome,
  jobClass,
  mode,
  energyState,
  energyReason,
  stopCause,
  link,
  signal,
  quality,
  fault,
  notice,
  noticeAction,
  signFinding,
  problem,
  hostState,
  eventDetail,
  rejectReason,
};
