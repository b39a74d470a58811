export function printZooms(app) {}
