"""Every table of the house, for the migrations: importing a room's store lays its tables."""

import bot.delivery.store
import bot.people.store
import bot.reports.store
import bot.storage.arrivals
import bot.storage.heard
import bot.storage.keys
import flows.engine.store
import handlers.web.store

ROOMS = (
    bot.delivery.store,
    bot.people.store,
    bot.reports.store,
    bot.storage.arrivals,
    bot.storage.heard,
    bot.storage.keys,
    flows.engine.store,
    handlers.web.store,
)
