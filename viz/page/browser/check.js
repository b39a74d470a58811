export class CheckPanel { constructor(app) { this.app = app; } show() {} open() {} move() {} load() {} }
