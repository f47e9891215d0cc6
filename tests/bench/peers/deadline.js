// The deadlines of a case (see case.json) by moment-business-time: one line of JSON per number of minutes.
//
//   TZ=UTC node deadline.js CASE SECONDS
//
// SECONDS bounds what is spent on one number of minutes. The library works on the local clock: hence TZ.
const fs = require('node:fs');
const moment = require('moment-business-time');

const days = ['', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const definition = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const budget = Number(process.argv[3]) * 1e9;

const workinghours = {};
for (const day of [1, 2, 3, 4, 5, 6, 7]) {
  workinghours[days[day]] = definition.weekdays.includes(day)
    ? [`${definition.opens}:00`, `${definition.closes}:00`]
    : null;
}
const holidays = [];
for (let year = definition.years[0]; year <= definition.years[1]; year += 1) {
  holidays.push(...definition.holidays.map((day) => `${year}-${day}`));
}
moment.updateLocale('en', { workinghours, holidays });

for (const minutes of definition.minutes) {
  let best = Infinity;
  let spent = 0;
  let due;
  while (spent < budget) {
    const start = moment(definition.start);
    const began = process.hrtime.bigint();
    due = start.addWorkingTime(minutes, 'minutes');
    const took = Number(process.hrtime.bigint() - began);
    best = Math.min(best, took);
    spent += took;
  }
  const text = due.utc().format('YYYY-MM-DD[T]HH:mm:ss[Z]');
  console.log(JSON.stringify({ minutes, due: text, nanoseconds: best }));
}
